import type { AgentRecord } from '../domain/agent-record.ts';
import { isOver } from '../domain/agent-state.ts';
import { LifeLostError, NameTakenError } from '../errors/lives.ts';
import { enterAgent, findAgent, moveAgent, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';

export interface OwnLifeComponents {
  readonly database: Database;
  readonly agent: { readonly id: string; readonly name: string; readonly role: string };
  /** This process. */
  readonly host: string;
  /** Resolves once all services of the agent are up. */
  readonly whenUp: () => Promise<void>;
}

const LAUNCHED_BY = 'launcher';

/** An agent's own part in its life: it says when it begins, that it is ready, and when it leaves. */
export class OwnLife {
  readonly #components: OwnLifeComponents;
  /** The fencing token of this start; undefined before. */
  #generation: number | undefined;

  constructor(components: OwnLifeComponents) {
    this.#components = components;
  }

  /** Registers the agent as ready once it is. @throws NameTakenError, LifeLostError */
  async begin(): Promise<void> {
    const { generation } = await this.#initialise();
    this.#generation = generation;
    await this.#components.whenUp();
    const { database, agent } = this.#components;
    const ready = await moveAgent(database, agent.id, {
      ...{ to: 'ready', from: ['initialising'], generation, cause: 'registered itself as ready' },
    });
    if (!ready) throw new LifeLostError({ name: agent.name });
  }

  /** Whether somebody ends this agent, and it is to stop. */
  async isRetired(): Promise<boolean> {
    const { database, agent } = this.#components;
    const known = await findAgent(database, agent.id);
    return (
      known?.generation === this.#generation &&
      known?.state === 'draining' &&
      known.retireWish !== undefined
    );
  }

  /** Takes no more tasks. */
  async drain(cause: string): Promise<void> {
    await this.#move({ to: 'draining', cause });
  }

  /** Leaves with its host, to start again with it; or for good, when somebody ends it. */
  async leave(cause: string): Promise<void> {
    if (this.#generation === undefined) return;
    const { database, agent } = this.#components;
    const known = await findAgent(database, agent.id);
    if (known?.generation !== this.#generation) return;
    if (known.retireWish !== undefined) await noteAgent(database, agent.id, { host: null });
    else {
      await this.drain(cause);
      await this.#move({ to: 'stopped', cause, resumes: true });
    }
    this.#generation = undefined;
  }

  // An agent that the desk has started just now has begun already.
  async #initialise(): Promise<AgentRecord> {
    const { database, agent, host } = this.#components;
    const known = await findAgent(database, agent.id);
    if (known?.state === 'initialising' && known.host === host) return known;
    const hasLeft = known === undefined || (isOver(known.state) && !known.resumes);
    if (hasLeft && !(await this.#enter())) throw new NameTakenError({ name: agent.name });
    const cause = hasLeft ? 'launched by its host' : 'started again by its host';
    const begun = await moveAgent(database, agent.id, {
      to: 'initialising',
      cause,
      startsOn: host,
    });
    if (!begun) throw new LifeLostError({ name: agent.name });
    return begun;
  }

  #enter(): Promise<AgentRecord | undefined> {
    const { database, agent } = this.#components;
    const from = { origin: 'launched', hosting: 'in-process' } as const;
    const life = { ...agent, ...from, requesterId: LAUNCHED_BY, roomId: '' };
    return enterAgent(database, life, 'its host has its character file');
  }

  async #move(move: {
    to: 'draining' | 'stopped';
    cause: string;
    resumes?: boolean;
  }): Promise<void> {
    const { database, agent } = this.#components;
    // One that another process has taken over is not ours to move.
    if (this.#generation === undefined) return;
    await moveAgent(database, agent.id, { ...move, generation: this.#generation });
  }
}
