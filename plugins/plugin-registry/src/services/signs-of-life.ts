import { KeyedQueue, type Clock } from '@371os/kernel';
import { globalIdOf, type AgentReference } from '../domain/agent-id.ts';
import { typedHeartbeat } from '../domain/heartbeat.ts';
import type { Signer } from '../ports/signer.ts';
import type { Heartbeats } from '../ports/verified-files.ts';

export interface SignsOfLifeComponents {
  readonly signer: Signer;
  readonly heartbeats: Heartbeats;
  readonly now: Clock;
  readonly everyMs: number;
  readonly leaseSeconds: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** Signs, while a registered agent runs, that it does; and that it leaves when it is stopped. */
export class SignsOfLife {
  readonly #components: SignsOfLifeComponents;
  readonly #queue = new KeyedQueue();
  #agent: AgentReference | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(components: SignsOfLifeComponents) {
    this.#components = components;
  }

  /** Gives the first one at once, and others until {@link close}. */
  async begin(agent: AgentReference): Promise<void> {
    this.#agent = agent;
    this.#timer ??= setInterval(() => void this.#sign(), this.#components.everyMs).unref();
    await this.#sign();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#timer) await this.#sign(0);
  }

  async #sign(leaseSeconds = this.#components.leaseSeconds): Promise<void> {
    const { log } = this.#components;
    await this.#queue
      .run('sign', () => this.#keep(leaseSeconds))
      .catch((error: unknown) => {
        log('a sign of life was not given', error);
      });
  }

  async #keep(leaseSeconds: number): Promise<void> {
    const { signer, heartbeats, now } = this.#components;
    const agent = this.#agent;
    if (!agent) return;
    const beat = { issuedAt: Math.floor(now() / 1_000), leaseSeconds };
    const signature = await signer.signTypedData(typedHeartbeat(agent, beat));
    await heartbeats.keep({
      ...{ ...beat, signature, signer: signer.address },
      globalId: globalIdOf(agent),
    });
  }
}
