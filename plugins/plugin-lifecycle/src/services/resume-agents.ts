import type { AgentRecord } from '../domain/agent-record.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';
import { listAgents, moveAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';

export interface ResumeComponents {
  readonly database: Database;
  readonly runner: AgentRunner;
  /** This process. */
  readonly host: string;
  readonly isHostAlive: (host: string) => boolean;
  readonly log: (problem: string, error: unknown) => void;
}

/** Starts agents that were created here and whose host has stopped or died. */
export async function resumeAgents(components: ResumeComponents): Promise<void> {
  for (const agent of await listAgents(components.database))
    if (isToResume(agent, components)) await resume(agent, components);
}

// One that is being made or ended is looked after by whoever does that.
function isToResume(
  { origin, hosting, host, plan, state, retireWish }: AgentRecord,
  { isHostAlive }: ResumeComponents,
): boolean {
  const isOurs = origin === 'created' && hosting === 'in-process' && plan !== undefined;
  const isLeft = host === undefined || !isHostAlive(host);
  return isOurs && isLeft && retireWish === undefined && state !== 'creating';
}

async function resume(
  { id, name, plan }: AgentRecord,
  { database, runner, host, log }: ResumeComponents,
): Promise<void> {
  const cause = 'started again by its host';
  const begun = await moveAgent(database, id, { to: 'initialising', cause, startsOn: host });
  if (!begun || !plan) return;
  try {
    await runner.start(plan.character);
  } catch (error) {
    log(`${name} did not start again`, error);
    const { generation } = begun;
    await moveAgent(database, id, { to: 'failed', generation, cause: 'it did not start again' });
  }
}
