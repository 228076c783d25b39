import { randomUUID } from 'node:crypto';
import { Service, type ElizaOS, type IAgentRuntime } from '@elizaos/core';
import {
  processWide,
  agentSettings,
  RoomSpeaker,
  serviceOf,
  uuidSource,
  withinTime,
} from '@371os/kernel';
import { routerOf, routerSettings } from '@371os/plugin-router';
import { OutcomeNotices, tasksOf } from '@371os/plugin-tasks';
import { treasuryOf, type Approval, type TreasuryService } from '@371os/plugin-treasury';
import { ElizaosRunner } from '../adapters/elizaos-runner.ts';
import { tokensFrom } from '../adapters/agent-tokens.ts';
import { AkashHosting } from '../adapters/akash-hosting.ts';
import { HostedAgents } from '../adapters/hosted-agents.ts';
import { noHosting } from '../adapters/no-hosting.ts';
import { processLogs } from '../adapters/process-logs.ts';
import { RegistryBook } from '../adapters/registry-book.ts';
import { RuntimeMemory } from '../adapters/runtime-memory.ts';
import { loadTemplates } from '../adapters/templates-file.ts';
import type { AgentRecord } from '../domain/agent-record.ts';
import { z } from 'zod';
import { profileOf } from '../domain/agent-profile.ts';
import { isWorking } from '../domain/agent-state.ts';
import { CREATION_KIND, RETIREMENT_KIND } from '../domain/creation-plan.ts';
import { worstCase } from '../domain/hosted-environment.ts';
import { AgentNotReadyError, LifecycleElsewhereError, LifecycleMissingError } from '../errors.ts';
import { hostingSettings } from '../hosting-settings.ts';
import type { Hosting } from '../ports/hosting.ts';
import { lifecycleSettings, type LifecycleSettings } from '../settings.ts';
import { listAgents, moveAgent } from '../store/agent-store.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { isTold, noteTold } from '../store/notice-store.ts';
import { agentWorkSchema, LIFECYCLE_WORKER } from './agent-work.ts';
import { BusyWatch } from './busy-watch.ts';
import { CleanUps } from './clean-ups.ts';
import { Creations } from './creations.ts';
import { drained } from './drained.ts';
import { LifeDesk, outcomeWords } from './life-desk.ts';
import { OwnLife } from './own-life.ts';
import { Restarts } from './restarts.ts';
import { Retirements } from './retirements.ts';
import { Snapshots } from './snapshots.ts';
import { TrackRecord } from './track-record.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    LIFECYCLE: 'lifecycle';
  }
}

/** The name under which an agent finds its lifecycle. */
export const LIFECYCLE_SERVICE = 'lifecycle';

const CONCURRENCY = 4;

/** An agent's own life, and on the front desk the lives of all. */
export class LifecycleService extends Service {
  static override readonly serviceType = LIFECYCLE_SERVICE;
  override readonly capabilityDescription =
    'Creates, watches and ends agents, with nothing left over.';

  #settings: LifecycleSettings | undefined;
  #own: OwnLife | undefined;
  #begun: Promise<void> | undefined;
  #desk: Promise<LifeDesk> | undefined;
  readonly #stops: (() => void)[] = [];

  static override start(runtime: IAgentRuntime): Promise<LifecycleService> {
    const service = new LifecycleService(runtime);
    // The other services may start after us, and the start must not wait for them.
    service.#begun = service.#begin().catch((error: unknown) => {
      runtime.logger.error({ src: 'lifecycle', error }, 'this agent did not get ready');
    });
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
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

  /** Where agents are created and ended. @throws LifecycleElsewhereError but on the front desk */
  async desk(): Promise<LifeDesk> {
    if (!this.isFrontDesk) throw new LifecycleElsewhereError();
    this.#desk ??= this.#openDesk();
    try {
      return await this.#desk;
    } catch (error) {
      // Another plugin may be late.
      this.#desk = undefined;
      throw error;
    }
  }

  /** Says that this agent takes no more tasks, since its host is about to stop. */
  async drain(): Promise<void> {
    await this.#own?.drain('its host is being stopped');
  }

  /** The agents of the company that live, by name. */
  roster(): Promise<AgentRecord[]> {
    return listAgents(this.#database);
  }

  /** Whether agents are created and ended here. @throws InvalidSettingError */
  get isFrontDesk(): boolean {
    const { ROUTER_FRONT_DESK } = agentSettings(routerSettings, this.runtime);
    return ROUTER_FRONT_DESK && this.runtime.plugins.some(({ name }) => name === 'router');
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

  // --- the desk

  async #openDesk(): Promise<LifeDesk> {
    const { runtime, settings } = this;
    const [tasks, treasury] = [await tasksOf(runtime), await treasuryOf(runtime)];
    const { directory } = await routerOf(runtime);
    const { approvals } = treasury;
    const database = this.#database;
    const runner = new ElizaosRunner(runtime);
    const memory = new RuntimeMemory(runtime);
    const speaker = new RoomSpeaker(runtime);
    const log = (problem: string, error: unknown): void => {
      runtime.logger.warn({ src: 'lifecycle', error }, problem);
    };
    const hosting = runtime.plugins.some(({ name }) => name === 'akash')
      ? new AkashHosting({ runtime, now: Date.now })
      : noHosting;
    const hosted = this.#hostedAgents(hosting, treasury);
    this.#stops.push(directory.join(hosted));
    const common = {
      ...{ database, tasks, approvals, runner, hosting, host: thisHost() },
      identities: new RegistryBook(runtime),
      snapshots: new Snapshots({ database, tasks, approvals, memoryOf: () => memory }),
      rest: (agent: string) => directory.rest(agent),
      ...{ drainMs: settings.LIFECYCLE_DRAIN_MS, readyMs: settings.LIFECYCLE_READY_MS },
    };
    const creations = new Creations({
      ...{ ...common, templates: loadTemplates(), newId: uuidSource },
      mostAgents: settings.LIFECYCLE_MAX_AGENTS,
      onHosted: (agent) => {
        admit(hosted, agent, tasks.settings.TASKS_CONCURRENCY);
      },
    });
    const retirements = new Retirements({
      ...common,
      isHostAlive: (host) => host === thisHost(),
      onGone: ({ name }) => {
        hosted.dismiss(name);
      },
      leaveRooms: (agent) => memory.leaveRooms(agent),
    });
    const records = new TrackRecord(tasks, Date.now);
    const desk = new LifeDesk({
      ...{ database, tasks, approvals, creations, retirements, records },
      ...{ restarts: new Restarts(common), logs: processLogs },
      approvalAbovePico: settings.LIFECYCLE_APPROVAL_ABOVE_USD,
    });
    const notices = new OutcomeNotices({
      ...{ tasks, log, workers: [LIFECYCLE_WORKER] },
      told: { has: (id) => isTold(database, id), add: (id) => noteTold(database, id) },
      tell: async (task) => {
        await speaker.sayOnce(task.roomId, task.answer, task.updatedAt);
        return true;
      },
    });
    for (const [kind, work] of [
      [CREATION_KIND, 'create'],
      [RETIREMENT_KIND, 'retire'],
    ] as const)
      approvals.handle(kind, {
        minimumRole: 'owner',
        execute: async (approval: Approval) => {
          const task = await desk.begin(work, approval);
          if (desk.unwaited.delete(approval.id)) return outcomeWords(task, approval.summary);
          const outcome = await notices.outcomeOf(task, settings.LIFECYCLE_ANSWER_MS);
          return outcomeWords(outcome, approval.summary);
        },
      });
    await this.#resumeAgents(common);
    for (const agent of await listAgents(database))
      admit(hosted, agent, tasks.settings.TASKS_CONCURRENCY);
    await tasks.work(
      LIFECYCLE_WORKER,
      (task, context) => {
        const work = agentWorkSchema.parse(task.data);
        return work.work === 'create'
          ? creations.perform(task, work, context)
          : retirements.perform(work, context);
      },
      { concurrency: CONCURRENCY },
    );
    await notices.open();
    const cleanUps = new CleanUps({
      ...{ ...common, treasury, records, log, now: Date.now },
      retire: (agent, cause) => retirements.retire(agent, cause),
      cancelTasksOf: (agent) => retirements.cancelTasksOf(agent),
      tell: async (agent, words) => {
        if (agent.roomId) await speaker.sayOnce(agent.roomId, words, Date.now() - DAY_MS);
      },
      idleHours: settings.LIFECYCLE_IDLE_HOURS,
      noticeMs: settings.LIFECYCLE_NOTICE_MINUTES * MINUTE_MS,
    });
    const busy = new BusyWatch({ database, tasks, log });
    busy.open();
    this.#every(settings.LIFECYCLE_SWEEP_MS, async () => {
      await creations.goOn();
      await cleanUps.sweep();
    });
    this.#stops.push(
      () => notices.close(),
      () => busy.close(),
    );
    const { failures } = await approvals.resume();
    for (const error of failures) log('what was approved was not begun', error);
    return desk;
  }

  #hostedAgents(hosting: Hosting, treasury: TreasuryService): HostedAgents {
    const settings = agentSettings(hostingSettings, this.runtime);
    const worstCasePico = worstCase({
      environment: settings.LIFECYCLE_HOSTED_ENVIRONMENT,
      taskPico: settings.LIFECYCLE_HOSTED_TASK_USD,
    });
    return new HostedAgents({
      ...{ hosting, treasury, worstCasePico },
      tokenOf: (owner) => tokensFrom(settings.LIFECYCLE_SECRET)(owner),
    });
  }

  // Those that were created here and stopped with their host start again with it.
  async #resumeAgents({ runner }: { runner: ElizaosRunner }): Promise<void> {
    const database = this.#database;
    for (const { id, name, origin, hosting, host, state, plan, retireWish } of await listAgents(
      database,
    )) {
      if (origin !== 'created' || hosting !== 'in-process' || host === thisHost()) continue;
      if (!plan || retireWish !== undefined || state === 'creating') continue;
      const cause = 'started again by its host';
      const begun = await moveAgent(database, id, {
        to: 'initialising',
        cause,
        startsOn: thisHost(),
      });
      if (!begun) continue;
      await runner.start(plan.character).catch(async (error: unknown) => {
        this.runtime.logger.error({ src: 'lifecycle', error }, `${name} did not start again`);
        const { generation } = begun;
        await moveAgent(database, id, {
          to: 'failed',
          generation,
          cause: 'it did not start again',
        });
      });
    }
  }

  #every(periodMs: number, work: () => Promise<void>): void {
    let isRunning = false;
    const run = (): void => {
      if (isRunning) return;
      isRunning = true;
      work()
        .catch((error: unknown) => {
          this.runtime.logger.warn({ src: 'lifecycle', error }, 'agents could not be looked after');
        })
        .finally(() => (isRunning = false));
    };
    const timer = setInterval(run, periodMs).unref();
    this.#stops.push(() => {
      clearInterval(timer);
    });
    run();
  }

  get #database(): Database {
    return new Database(this.runtime.db as SqlExecutor);
  }
}

/**
 * Lets agents of this process finish what they do before their host stops them: nothing new is begun,
 * and what does not end within LIFECYCLE_DRAIN_MS goes back into the queue.
 */
export async function drainAgents(agents: readonly IAgentRuntime[]): Promise<void> {
  const lives = agents.flatMap((agent) => {
    const lifecycle = agent.getService<LifecycleService>(LIFECYCLE_SERVICE);
    return lifecycle ? [{ agent, lifecycle }] : [];
  });
  await Promise.all(lives.map(({ lifecycle }) => lifecycle.drain()));
  const front = lives.find(({ lifecycle }) => lifecycle.isFrontDesk);
  if (!front) return;
  const { directory } = await routerOf(front.agent);
  const names = lives.map(({ agent }) => agent.character.name);
  for (const name of names) directory.rest(name);
  const timeoutMs = front.lifecycle.settings.LIFECYCLE_DRAIN_MS;
  await drained(await tasksOf(front.agent), names, { timeoutMs });
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const described = z.object({
  routing: z.object({ role: z.string() }).optional().catch(undefined),
  registration: z.object({ agentType: z.string() }).optional().catch(undefined),
});

function roleOf({ character }: IAgentRuntime): string {
  const { routing, registration } = described.parse(character.settings ?? {});
  return routing?.role ?? registration?.agentType ?? 'AGENT';
}

// Those that are hosted elsewhere take tasks as long as they are neither being made nor ended.
function admit(hosted: HostedAgents, agent: AgentRecord, concurrency: number): void {
  const { id, generation, placement } = agent;
  const profile = profileOf(agent, concurrency);
  if (!placement || !profile || !isWorking(agent.state)) return;
  hosted.admit({ id, generation, deploymentId: placement.deploymentId, profile });
}

/** This process, as agents' records name it. */
function thisHost(): string {
  return processWide('lifecycle-host', () => randomUUID());
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
  const colleagues = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
  for (const colleague of colleagues) {
    const lifecycle = colleague.getService<LifecycleService>(LIFECYCLE_SERVICE);
    if (lifecycle?.isFrontDesk) return lifecycle.desk();
  }
  throw new LifecycleElsewhereError();
}
