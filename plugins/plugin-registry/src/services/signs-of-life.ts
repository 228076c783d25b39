import { KeyedQueue, type Clock } from '@371os/kernel';
import { globalIdOf, type AgentReference } from '../domain/agent-id.ts';
import { typedHeartbeat } from '../domain/heartbeat.ts';
import type { Signer } from '../ports/signer.ts';
import type { Heartbeats } from '../ports/verified-files.ts';

export interface SignsOfLifeComponents {
  readonly signer: Signer;
  readonly heartbeats: Heartbeats;
  /** The agent that runs here; undefined until it is registered. */
  readonly self: () => Promise<AgentReference | undefined>;
  readonly now: Clock;
  readonly everyMs: number;
  readonly leaseSeconds: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** Signs, while a registered agent runs, that it does; and that it leaves when it is stopped. */
export class SignsOfLife {
  readonly #components: SignsOfLifeComponents;
  readonly #queue = new KeyedQueue();
  #self: AgentReference | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(components: SignsOfLifeComponents) {
    this.#components = components;
  }

  /** Gives the first one at once, and others until {@link close}. */
  async open(): Promise<void> {
    this.#timer ??= setInterval(() => void this.#giveOwn(), this.#components.everyMs).unref();
    await this.#giveOwn();
  }

  /** Gives the first one of an agent that was registered just now, perhaps by a colleague of it. */
  async give(agent: AgentReference): Promise<void> {
    await this.#sign(() => this.#keep(agent, this.#components.leaseSeconds));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#timer) await this.#giveOwn(0);
  }

  async #giveOwn(leaseSeconds = this.#components.leaseSeconds): Promise<void> {
    await this.#sign(async () => {
      this.#self ??= await this.#components.self();
      if (this.#self) await this.#keep(this.#self, leaseSeconds);
    });
  }

  async #sign(work: () => Promise<void>): Promise<void> {
    await this.#queue.run('sign', work).catch((error: unknown) => {
      this.#components.log('a sign of life was not given', error);
    });
  }

  async #keep(agent: AgentReference, leaseSeconds: number): Promise<void> {
    const { signer, heartbeats, now } = this.#components;
    const beat = { issuedAt: Math.floor(now() / 1_000), leaseSeconds };
    const signature = await signer.signTypedData(typedHeartbeat(agent, beat));
    await heartbeats.keep({
      ...{ ...beat, signature, signer: signer.address },
      globalId: globalIdOf(agent),
    });
  }
}
