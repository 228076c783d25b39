import { explainError } from '@371os/kernel';
import type { TasksService } from '@371os/plugin-tasks';
import { hasLeft, type AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import {
  AgentNotReadyError,
  AgentStateError,
  FrontDeskStaysError,
  LifeLostError,
} from '../errors/lives.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';
import { findAgent, moveAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { drained } from './drained.ts';
import { waitUntil } from './wait-until.ts';

export interface RestartsComponents {
  readonly database: Database;
  readonly tasks: TasksService;
  readonly runner: AgentRunner;
  readonly rest: (agent: string) => () => void;
  readonly host: string;
  readonly drainMs: number;
  readonly readyMs: number;
  /** The agent that all of this runs in. */
  readonly frontDeskId: string;
}

/** Starts agents of this process anew. */
export class Restarts {
  readonly #components: RestartsComponents;

  constructor(components: RestartsComponents) {
    this.#components = components;
  }

  /**
   * Drains an agent, stops it and starts it again, with what it knows.
   * @throws AgentStateError, LifeLostError, AgentNotReadyError
   */
  async restart(agent: AgentRecord, cause: string): Promise<AgentRecord> {
    const { database, tasks, runner, drainMs, frontDeskId } = this.#components;
    const { id, name, state, generation } = agent;
    if (id === frontDeskId) throw new FrontDeskStaysError({ name, wish: 'restarted' });
    if (agent.hosting !== 'in-process' || !runner.isRunning(id))
      throw new AgentStateError({ name, state: 'not in this process', wish: 'restarted' });
    if (!isWorking(state)) throw new AgentStateError({ name, state, wish: 'restarted' });
    const draining = await moveAgent(database, id, { to: 'draining', cause, generation });
    if (!draining) throw new LifeLostError({ name });
    const endRest = this.#components.rest(name);
    try {
      await drained(tasks, [name], { timeoutMs: drainMs });
      if (!runner.isRunning(id)) throw beingRetired(name);
      await this.#startAgain(agent, cause);
    } finally {
      endRest();
    }
    return this.#whenReady(agent);
  }

  // What does not start is not left as if it were about to: it can be brought back.
  async #startAgain({ id, name }: AgentRecord, cause: string): Promise<void> {
    const { database, runner, host } = this.#components;
    let begun: AgentRecord | undefined;
    try {
      await runner.restart(id, async () => {
        begun = await moveAgent(database, id, {
          ...{ to: 'initialising', cause, startsOn: host, unlessUnwanted: true },
        });
        if (!begun) throw beingRetired(name);
      });
    } catch (error) {
      if (begun)
        await moveAgent(database, id, {
          ...{ to: 'failed', generation: begun.generation },
          cause: `it did not start again: ${explainError(error)}`,
        });
      throw error;
    }
  }

  async #whenReady({ id, name }: AgentRecord): Promise<AgentRecord> {
    const { database, readyMs } = this.#components;
    const ready = await waitUntil(
      async () => {
        const agent = await findAgent(database, id);
        if (!agent || hasLeft(agent) || agent.retireWish !== undefined) throw beingRetired(name);
        return isWorking(agent.state) ? agent : undefined;
      },
      { timeoutMs: readyMs },
    );
    if (!ready) throw new AgentNotReadyError({ name, waitedMs: readyMs });
    return ready;
  }
}

// Somebody has it ended since it was asked to start again, and that goes first.
function beingRetired(name: string): AgentStateError {
  return new AgentStateError({ name, state: 'being retired', wish: 'restarted' });
}
