import type { Character, IAgentRuntime, IDatabaseAdapter, UUID } from '@elizaos/core';
import { createDatabaseAdapter } from '@elizaos/plugin-sql';

export interface HostInit {
  readonly characters: readonly Character[];
  readonly pgliteDirectory: string;
  readonly postgresUrl: string | undefined;
  readonly ownerToken: string;
  /** Settles when the settings of networks are in place; agents read them when they start. */
  readonly networks: Promise<unknown>;
  /** Told of each agent that has started, now or later. */
  readonly onAgent: (agent: IAgentRuntime) => void;
  /** What is done once the database is open, before any agent starts. */
  readonly onDatabase: (database: IDatabaseAdapter) => Promise<void>;
  /** What is done once the agents have stopped, before the database is closed. */
  readonly onStopped: () => Promise<void>;
  readonly onProgress: (line: string) => void;
}

/** Whatever the agents run in: ElizaOS's server, or ElizaOS alone. */
export interface AgentHost {
  readonly agents: readonly IAgentRuntime[];
  loginLink(): string | undefined;
  /**
   * Takes no more requests, and resolves once those that it has are answered; the agents go on.
   * @throws StillAnsweringError
   */
  drain(timeoutMs: number): Promise<void>;
  /** Stops the agents, closes the database and the connections. */
  stop(): Promise<void>;
}

const STOP_WAIT_MS = 10_000;

/** Waits for a step of stopping, but not for ever: a stop must end. */
export async function withinStopTime(step: Promise<unknown>): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, STOP_WAIT_MS).unref());
  await Promise.race([step, late]);
}

/**
 * An agent's own adapter for PostgreSQL; undefined on the embedded database. An agent would look for
 * the address in its settings, which ElizaOS keeps in the database, and take the embedded one.
 */
export function postgresAdapter(
  { postgresUrl }: HostInit,
  agentId: UUID,
): { databaseAdapter?: IDatabaseAdapter } {
  return postgresUrl ? { databaseAdapter: createDatabaseAdapter({ postgresUrl }, agentId) } : {};
}
