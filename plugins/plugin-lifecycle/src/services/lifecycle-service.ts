import { hostname } from 'node:os';
import { Service, type ElizaOS, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, every, isReplica, serviceOf, withinTime } from '@371os/kernel';
import { routerSettings } from '@371os/plugin-router';
import { tasksOf } from '@371os/plugin-tasks';
import { treasuryOf } from '@371os/plugin-treasury';
import { z } from 'zod';
import { ElizaosRunner } from '../adapters/elizaos-runner.ts';
import { machineIdentity } from '../adapters/machine.ts';
import { RuntimeMemory } from '../adapters/runtime-memory.ts';
import type { AgentRecord } from '../domain/agent-record.ts';
import type { Performance } from '../domain/performance.ts';
import type { SavedMemory } from '../domain/snapshot.ts';
import { workplacesOf, type Workplace } from '../domain/workplace.ts';
import {
  AgentNotReadyError,
  LifecycleElsewhereError,
  LifecycleMissingError,
} from '../errors/lives.ts';
import { lifecycleSettings, type LifecycleSettings } from '../settings/lives.ts';
import { listAgents, listSigns } from '../store/agent-store.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { SqlAssignments } from '../store/sql-assignments.ts';
import { HostedInstances } from './hosted-instances.ts';
import type { LifeDesk } from './life-desk.ts';
import { openLifeDesk, type OpenedDesk } from './life-desk-service.ts';
import { OwnLife } from './own-life.ts';
import { reviewOwn } from './own-review.ts';
import { thisHost } from './this-host.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    LIFECYCLE: 'lifecycle';
  }
}

/** The name under which an agent finds its lifecycle. */
export const LIFECYCLE_SERVICE = 'lifecycle';

const REVIEW_EVERY_MS = 60_000;
const HEED_EVERY_MS = 2_000;

/** An agent's own life, and on the front desk the lives of all. */
export class LifecycleService extends Service {
  static override readonly serviceType = LIFECYCLE_SERVICE;
  override readonly capabilityDescription =
    'Creates, watches and ends agents, with nothing left over.';

  #settings: LifecycleSettings | undefined;
  #own: OwnLife | undefined;
  #begun: Promise<void> | undefined;
  #opened: Promise<OpenedDesk> | undefined;
  #instances: HostedInstances | undefined;
  #reviewedAtMs = 0;
  #stopHeeding: (() => void) | undefined;

  static override start(runtime: IAgentRuntime): Promise<LifecycleService> {
    const service = new LifecycleService(runtime);
    // A replica has no life of its own.
    if (isReplica()) return Promise.resolve(service);
    // The other services may start after us, and the start must not wait for them.
    service.#begun = service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'lifecycle', error }, 'this agent did not get ready');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    this.#stopHeeding?.();
    const opened = await this.#opened?.catch(() => undefined);
    opened?.close();
    await this.#own?.leave('its host was stopped');
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): LifecycleSettings {
    return (this.#settings ??= agentSettings(lifecycleSettings, this.runtime));
  }

  /** Resolves once this agent has registered itself as ready, or could not. */
  get begun(): Promise<void> {
    return this.#begun ?? Promise.resolve();
  }

  /** Whether agents are created and ended here. @throws InvalidSettingError */
  get isFrontDesk(): boolean {
    return isFrontDesk(this.runtime);
  }

  /** Where agents are created and ended. @throws LifecycleElsewhereError but on the front desk */
  async desk(): Promise<LifeDesk> {
    if (!this.isFrontDesk) throw new LifecycleElsewhereError();
    this.#opened ??= openLifeDesk(this.runtime, this.settings);
    try {
      return (await this.#opened).desk;
    } catch (error) {
      // Another plugin may be late.
      this.#opened = undefined;
      throw error;
    }
  }

  /** The agents of the company that live, by name. */
  roster(): Promise<AgentRecord[]> {
    return listAgents(this.#database);
  }

  /** The places in which hosted agents work: how many there are and may be. */
  async hostedInstances(): Promise<HostedInstances> {
    const [tasks, { approvals }] = await Promise.all([
      tasksOf(this.runtime),
      treasuryOf(this.runtime),
    ]);
    const database = this.#database;
    this.#instances ??= new HostedInstances({
      ...{ database, tasks, approvals, book: new SqlAssignments(database) },
    });
    return this.#instances;
  }

  /** Where those agents of the company work that take tasks. */
  async workplaces(): Promise<Workplace[]> {
    const [agents, signs] = await Promise.all([this.roster(), listSigns(this.#database)]);
    const here = { processId: thisHost(), host: hostname(), machine: machineIdentity() };
    return workplacesOf(agents, signs, here);
  }

  /** Says that this agent takes no more tasks, since its host is about to stop. */
  async drain(): Promise<void> {
    await this.#own?.drain('its host is being stopped');
  }

  /** Whether this agent's own tasks are to be looked at again. */
  get isReviewDue(): boolean {
    return Date.now() - this.#reviewedAtMs >= REVIEW_EVERY_MS;
  }

  /** How this agent has done its tasks; what it has ended counts in the registry's reports, too. */
  async review(): Promise<Performance> {
    this.#reviewedAtMs = Date.now();
    return reviewOwn(this.runtime);
  }

  /** What this agent remembers. */
  async saveMemory(): Promise<SavedMemory> {
    return new RuntimeMemory(this.runtime).save({ id: this.runtime.agentId });
  }

  /** Gives this agent back what it remembered and has not any more. */
  async restoreMemory(saved: SavedMemory): Promise<void> {
    await new RuntimeMemory(this.runtime).restore({ id: this.runtime.agentId }, saved);
  }

  async #begin(): Promise<void> {
    const { runtime } = this;
    this.#own = new OwnLife({
      database: this.#database,
      agent: { id: runtime.agentId, name: runtime.character.name, role: roleOf(runtime) },
      host: thisHost(),
      whenUp: () => this.#whenUp(),
    });
    await this.#own.begin();
    if (this.isFrontDesk) await this.desk();
    else if (!frontDeskOf(runtime)) this.#heedRetirement(this.#own);
  }

  // Whoever ends an agent cannot stop it where it runs in another process.
  #heedRetirement(own: OwnLife): void {
    const { runtime } = this;
    const heed = async (): Promise<void> => {
      if (await own.isRetired()) await new ElizaosRunner(runtime).stop(runtime.agentId);
    };
    this.#stopHeeding = every(HEED_EVERY_MS, heed, (error) => {
      runtime.logger.warn(
        { src: 'lifecycle', error },
        'it is not known whether this agent is to end',
      );
    });
  }

  async #whenUp(): Promise<void> {
    const { runtime, settings } = this;
    await runtime.initPromise;
    const types = runtime.plugins
      .flatMap(({ services = [] }) => services.map(({ serviceType }) => serviceType))
      .filter((type) => type !== LIFECYCLE_SERVICE);
    const up = Promise.all(types.map((type) => runtime.getServiceLoadPromise(type as never)));
    const waitedMs = settings.LIFECYCLE_READY_MS;
    const late = (): Error => new AgentNotReadyError({ name: runtime.character.name, waitedMs });
    await withinTime(up, waitedMs, late);
  }

  get #database(): Database {
    return new Database(this.runtime.db as SqlExecutor);
  }
}

const described = z.object({
  routing: z.object({ role: z.string() }).optional().catch(undefined),
  registration: z.object({ agentType: z.string() }).optional().catch(undefined),
});

function roleOf({ character }: IAgentRuntime): string {
  const { routing, registration } = described.parse(character.settings ?? {});
  return routing?.role ?? registration?.agentType ?? 'AGENT';
}

/** The lifecycle of an agent, once it has started. @throws LifecycleMissingError */
export async function lifecycleOf(runtime: IAgentRuntime): Promise<LifecycleService> {
  return serviceOf<LifecycleService>(runtime, {
    type: LIFECYCLE_SERVICE,
    plugin: 'lifecycle',
    missing: () => new LifecycleMissingError({ agent: runtime.character.name }),
  });
}

/**
 * Where agents are created and ended: on the front desk, which may be a colleague in this process.
 * @throws LifecycleElsewhereError when there is none here
 */
export async function lifeDeskOf(runtime: IAgentRuntime): Promise<LifeDesk> {
  const own = await lifecycleOf(runtime);
  if (own.isFrontDesk) return own.desk();
  const front = frontDeskOf(runtime);
  if (!front) throw new LifecycleElsewhereError();
  return (await lifecycleOf(front)).desk();
}

/** The front desk of this process, if it has one. */
export function frontDeskOf(runtime: IAgentRuntime): IAgentRuntime | undefined {
  return (runtime.elizaOS as ElizaOS | undefined)?.getAgents().find(isFrontDesk);
}

function isFrontDesk(runtime: IAgentRuntime): boolean {
  const { ROUTER_FRONT_DESK } = agentSettings(routerSettings, runtime);
  return ROUTER_FRONT_DESK && runtime.plugins.some(({ name }) => name === 'router');
}
