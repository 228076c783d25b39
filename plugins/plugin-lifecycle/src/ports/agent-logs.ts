import type { AgentRecord } from '../domain/agent-record.ts';

/** What agents have logged. */
export interface AgentLogs {
  /** The newest so many lines, oldest first. */
  newest(agent: AgentRecord, lines: number): Promise<readonly string[]>;
}
