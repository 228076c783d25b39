import { hasLeft, type AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import { AgentStateError, RestartElsewhereError } from '../errors/lives.ts';
import { findAgent, isHeld } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { askRestart, findRestart, moveRestart } from '../store/restart-store.ts';
import { waitUntil } from './wait-until.ts';

export interface ElsewhereRestartsComponents {
  readonly database: Database;
  readonly drainMs: number;
  readonly readyMs: number;
  /** How long the other process may take to begin. */
  readonly takenMs?: number | undefined;
}

// It looks every two seconds.
const TAKEN_MS = 20_000;

/** Has agents of other processes start anew, each by the process that runs it. */
export class ElsewhereRestarts {
  readonly #components: ElsewhereRestartsComponents;

  constructor(components: ElsewhereRestartsComponents) {
    this.#components = components;
  }

  /**
   * Asks the process of an agent, and waits until the agent is ready in its next generation.
   * @throws AgentStateError, RestartElsewhereError
   */
  async restart(agent: AgentRecord, cause: string): Promise<AgentRecord> {
    const { database, drainMs, readyMs, takenMs = TAKEN_MS } = this.#components;
    const { id, name, state, generation } = agent;
    if (!isWorking(state)) throw new AgentStateError({ name, state, wish: 'restarted' });
    if (!(await isHeld(database, name))) throw gone(name);
    const life = { agentId: id, generation };
    await askRestart(database, life, cause);
    const isTaken = await waitUntil(() => this.#isTaken(life), { timeoutMs: takenMs });
    if (!isTaken && (await moveRestart(database, life, { from: 'asked', to: 'withdrawn' })))
      throw gone(name);
    const timeoutMs = drainMs + readyMs + takenMs;
    const ready = await waitUntil(() => this.#isReady(agent), { timeoutMs });
    if (ready) return ready;
    const why = `it has not got ready within ${String(timeoutMs / 1_000)} s`;
    throw new RestartElsewhereError({ name, why: `${why}, and goes on with it while it lives` });
  }

  async #isTaken(life: { agentId: string; generation: number }): Promise<true | undefined> {
    const request = await findRestart(this.#components.database, life);
    return request?.state === 'asked' ? undefined : true;
  }

  async #isReady({ id, name, generation }: AgentRecord): Promise<AgentRecord | undefined> {
    const { database } = this.#components;
    const request = await findRestart(database, { agentId: id, generation });
    if (request?.state === 'failed')
      throw new RestartElsewhereError({ name, why: request.failure ?? 'it says not why' });
    const now = await findAgent(database, id);
    if (!now || hasLeft(now) || now.retireWish !== undefined)
      throw new AgentStateError({ name, state: 'being retired', wish: 'restarted' });
    return now.generation > generation && isWorking(now.state) ? now : undefined;
  }
}

function gone(name: string): RestartElsewhereError {
  const why = `its process gives no sign of life; start it again: npm run worker -- --agents "${name}"`;
  return new RestartElsewhereError({ name, why });
}
