import { Service, type IAgentRuntime } from '@elizaos/core';
import { serviceOf } from '@371os/kernel';
import { ResilienceMissingError } from '../errors/resilience.ts';
import { serveDrills } from './drill-desk.ts';
import { openResilience } from './open-resilience.ts';
import type { ResilienceEngine } from './resilience-engine.ts';
import { acquireEngine, releaseEngine } from './shared-engine.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    RESILIENCE: 'resilience';
  }
}

/** The name under which an agent finds the resilience officer. */
export const RESILIENCE_SERVICE = 'resilience';

/** An agent's way to the resilience officer of its process. */
export class ResilienceService extends Service {
  static override readonly serviceType = RESILIENCE_SERVICE;
  override readonly capabilityDescription =
    'Measures what the company depends on, and keeps it running when that fails.';

  #opened: Promise<ResilienceEngine> | undefined;
  #connection: unknown;

  static override start(runtime: IAgentRuntime): Promise<ResilienceService> {
    const service = new ResilienceService(runtime);
    // The other services may start after us, and the start must not wait for them.
    service.engine().catch((error: unknown) => {
      runtime.logger.error({ src: 'resilience', error }, 'the resilience officer did not start');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    if (
      await this.#opened?.then(
        () => true,
        () => false,
      )
    )
      await releaseEngine(this.#connection);
  }

  /** The engine of this process. @throws what kept it from starting; it is tried again then */
  engine(): Promise<ResilienceEngine> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open(): Promise<ResilienceEngine> {
    const { runtime } = this;
    await runtime.initPromise;
    this.#connection = await runtime.getConnection();
    const engine = await acquireEngine(this.#connection, () => openResilience(runtime));
    serveDrills(runtime, engine.drills).catch((error: unknown) => {
      runtime.logger.error({ src: 'resilience', error }, 'nobody can approve drills here');
    });
    return engine;
  }
}

/** The resilience officer of an agent. @throws ResilienceMissingError */
export async function resilienceOf(runtime: IAgentRuntime): Promise<ResilienceEngine> {
  const service = await serviceOf<ResilienceService>(runtime, {
    type: RESILIENCE_SERVICE,
    plugin: 'resilience',
    missing: () => new ResilienceMissingError({ agent: runtime.character.name }),
  });
  return service.engine();
}
