import type { IAgentRuntime } from '@elizaos/core';
import { agentSettings, every, RoomSpeaker, uuidSource } from '@371os/kernel';
import { routerOf, type RouterService } from '@371os/plugin-router';
import {
  hasEnded,
  OutcomeNotices,
  tasksOf,
  UnknownTaskError,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import { treasuryOf, type TreasuryService } from '@371os/plugin-treasury';
import { tokensFrom } from '../adapters/agent-tokens.ts';
import { AkashHosting } from '../adapters/akash-hosting.ts';
import { ElizaosRunner } from '../adapters/elizaos-runner.ts';
import { HostedAgents } from '../adapters/hosted-agents.ts';
import { SqlAssignments } from '../store/sql-assignments.ts';
import { hostedLogs } from '../adapters/hosted-logs.ts';
import { HostedMemory } from '../adapters/hosted-memory.ts';
import { noHosting } from '../adapters/no-hosting.ts';
import { processLogs } from '../adapters/process-logs.ts';
import { RegistryBook } from '../adapters/registry-book.ts';
import { RuntimeMemory } from '../adapters/runtime-memory.ts';
import { loadTemplates } from '../adapters/templates-file.ts';
import { profileOf } from '../domain/agent-profile.ts';
import { goesOn, type AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import { CREATION_KIND, RETIREMENT_KIND } from '../domain/creation-plan.ts';
import { RANGE_KIND } from '../domain/hosted-instance.ts';
import { worstCase } from '../domain/hosted-environment.ts';
import { hostingSettings } from '../settings/hosting.ts';
import type { AgentLogs } from '../ports/agent-logs.ts';
import type { AgentMemory } from '../ports/agent-memory.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { LifecycleSettings } from '../settings/lives.ts';
import { listAgents, listRestarting } from '../store/agent-store.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { isTold, noteTold } from '../store/notice-store.ts';
import { Addresses } from './addresses.ts';
import { agentWorkSchema, LIFECYCLE_WORKER } from './agent-work.ts';
import { BusyWatch } from './busy-watch.ts';
import { CleanUps } from './clean-ups.ts';
import { Creations } from './creations.ts';
import { HostedInstances } from './hosted-instances.ts';
import { HostedRestarts } from './hosted-restarts.ts';
import { InstanceWork } from './instance-work.ts';
import { LifeDesk } from './life-desk.ts';
import { Restarts } from './restarts.ts';
import { resumeAgents } from './resume-agents.ts';
import { Retirements } from './retirements.ts';
import { Snapshots } from './snapshots.ts';
import { thisHost } from './this-host.ts';
import { TrackRecord } from './track-record.ts';

interface Company {
  readonly runtime: IAgentRuntime;
  readonly settings: LifecycleSettings;
  readonly tasks: TasksService;
  readonly treasury: TreasuryService;
  readonly router: RouterService;
  readonly database: Database;
  readonly log: (problem: string, error: unknown) => void;
}

/** A desk that is at work. */
export interface OpenedDesk {
  readonly desk: LifeDesk;
  close(): void;
}

const CONCURRENCY = 4;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Opens the desk where the agents of a company are created, looked after and ended: starts those again
 * that their host left, and goes on with what was begun and approved.
 */
export async function openLifeDesk(
  runtime: IAgentRuntime,
  settings: LifecycleSettings,
): Promise<OpenedDesk> {
  const company = {
    ...{ runtime, settings, tasks: await tasksOf(runtime), treasury: await treasuryOf(runtime) },
    ...{ router: await routerOf(runtime), database: new Database(runtime.db as SqlExecutor) },
    log: (problem: string, error: unknown): void => {
      runtime.logger.warn({ src: 'lifecycle', error }, problem);
    },
  };
  const notices = noticesFor(company);
  const parts = compose(company, notices);
  const { database, log, tasks, treasury } = company;
  carryOutApproved(company, parts);
  await resumeAgents({ ...parts.common, log });
  for (const agent of await listAgents(database)) if (isWorking(agent.state)) parts.admit(agent);
  // What comes for one that begins again waits in its queue.
  for (const agent of await listRestarting(database)) parts.admit(agent);
  await work(company, parts);
  await parts.instanceWork.start();
  await notices.open();
  const busy = new BusyWatch({ database, tasks, log });
  await busy.open();
  const stopLooking = lookAfter(parts, company);
  const { failures } = await treasury.approvals.resume();
  for (const error of failures) log('what was approved was not begun', error);
  return {
    desk: parts.desk,
    close: () => {
      stopLooking();
      notices.close();
      busy.close();
      parts.leaveDirectory();
    },
  };
}

/** Goes on, again and again, with what has nobody, and cleans up. Returns what ends that. */
function lookAfter(parts: Parts, { settings, log }: Company): () => void {
  return every(
    settings.LIFECYCLE_SWEEP_MS,
    async () => {
      await parts.creations.goOn();
      await parts.hostedRestarts.goOn();
      await parts.instanceWork.goOn();
      await parts.addresses.goOn();
      await parts.cleanUps.sweep();
      await parts.book.prune();
    },
    (error) => {
      log('agents could not be looked after', error);
    },
  );
}

type Parts = ReturnType<typeof compose>;
type Basis = ReturnType<typeof basisOf>;

function compose(company: Company, notices: OutcomeNotices) {
  const { settings, tasks, treasury, router, database, log } = company;
  const { approvals } = treasury;
  const basis = basisOf(company);
  const { common, hosted, instances, instanceWork, logs } = basis;
  const closeInstances: Closing = (agent, signal) => instanceWork.closeAll(agent, signal);
  const admit = (agent: AgentRecord): void => {
    admitHosted(hosted, agent, tasks.settings.TASKS_CONCURRENCY);
  };
  const onGone = ({ name }: AgentRecord): void => {
    hosted.dismiss(name);
  };
  const creations = new Creations({
    ...{ ...common, templates: loadTemplates(), newId: uuidSource, onHosted: admit, onGone },
    mostAgents: settings.LIFECYCLE_MAX_AGENTS,
  });
  const retirements = new Retirements({ ...common, onGone, closeInstances });
  const addresses = new Addresses({ ...common, log });
  const hostedRestarts = new HostedRestarts({ ...common, instances, addresses });
  const records = new TrackRecord(tasks, Date.now);
  const desk = new LifeDesk({
    ...{ database, tasks, approvals, creations, retirements, records, logs, hostedRestarts },
    restarts: new Restarts(common),
    outcomeOf: (task) => notices.outcomeOf(task, settings.LIFECYCLE_ANSWER_MS),
    approvalAbovePico: settings.LIFECYCLE_APPROVAL_ABOVE_USD,
  });
  const cleanUps = cleanUpsFor(company, { ...common, records, retirements, closeInstances });
  const leaveDirectory = router.directory.join(hosted);
  const made = { addresses, creations, retirements, hostedRestarts, desk, cleanUps };
  return { ...basis, ...made, admit, leaveDirectory };
}

/** What the parts of the desk have in common, and the places of hosted agents. */
function basisOf(company: Company) {
  const { runtime, settings, tasks, treasury, router, database, log } = company;
  const { approvals } = treasury;
  const hosting = hostingOf(runtime);
  const book = new SqlAssignments(database);
  const hosted = hostedAgents(company, hosting, book);
  const instances = new HostedInstances({ database, tasks, approvals, book });
  const memory = new RuntimeMemory(runtime);
  const elsewhere = new HostedMemory({ hosting, tokenOf: tokenOf(runtime) });
  const memoryOf = (agent: AgentRecord): AgentMemory =>
    agent.hosting === 'akash' ? elsewhere : memory;
  const snapshots = new Snapshots({ database, tasks, approvals, memoryOf });
  const common = {
    ...{ database, tasks, approvals, hosting, snapshots, host: thisHost() },
    isHostAlive: (host: string) => host === thisHost(),
    ...{ runner: new ElizaosRunner(runtime), identities: new RegistryBook(runtime, Date.now) },
    rest: (agent: string) => router.directory.rest(agent),
    ...{ drainMs: settings.LIFECYCLE_DRAIN_MS, readyMs: settings.LIFECYCLE_READY_MS },
    frontDeskId: runtime.agentId,
  };
  const instanceWork = new InstanceWork({
    ...{ database, tasks, hosting, hosted, book, instances, snapshots, log },
  });
  const logs: AgentLogs = {
    newest: (agent, lines) =>
      (agent.hosting === 'akash' ? hostedLogs(hosting) : processLogs).newest(agent, lines),
  };
  return { common, book, hosted, instances, instanceWork, logs };
}

type Closing = (agent: AgentRecord, signal: AbortSignal) => Promise<void>;

function cleanUpsFor(
  { runtime, settings, treasury, log }: Company,
  parts: Basis['common'] & {
    readonly records: TrackRecord;
    readonly retirements: Retirements;
    readonly closeInstances: Closing;
  },
): CleanUps {
  const { retirements } = parts;
  const speaker = new RoomSpeaker(runtime);
  return new CleanUps({
    ...{ ...parts, treasury, log, now: Date.now },
    retire: (agent, cause) => retirements.retire(agent, cause),
    cancelTasksOf: (agent) => retirements.cancelTasksOf(agent),
    tell: async (agent, words) => {
      if (agent.roomId) await speaker.sayOnce(agent.roomId, words, Date.now() - DAY_MS);
    },
    idleHours: settings.LIFECYCLE_IDLE_HOURS,
    noticeMs: settings.LIFECYCLE_NOTICE_MINUTES * MINUTE_MS,
  });
}

function noticesFor({ runtime, tasks, database, log }: Company): OutcomeNotices {
  const speaker = new RoomSpeaker(runtime);
  return new OutcomeNotices({
    ...{ tasks, log, workers: [LIFECYCLE_WORKER] },
    told: { has: (id) => isTold(database, id), add: (id) => noteTold(database, id) },
    tell: async (task) => {
      await speaker.sayOnce(task.roomId, task.answer, task.updatedAt);
      return true;
    },
  });
}

function carryOutApproved({ treasury }: Company, { desk, instances }: Parts): void {
  treasury.approvals.handle(RANGE_KIND, {
    minimumRole: 'owner',
    execute: (approval) => instances.allow(approval),
  });
  for (const [kind, what] of [
    [CREATION_KIND, 'create'],
    [RETIREMENT_KIND, 'retire'],
  ] as const)
    treasury.approvals.handle(kind, {
      minimumRole: 'owner',
      execute: (approval) => desk.carryOut(what, approval),
    });
}

async function work({ tasks }: Company, parts: Parts): Promise<void> {
  const { creations, retirements, hostedRestarts } = parts;
  const perform = (task: Task, context: TaskContext): Promise<Outcome> => {
    const wanted = agentWorkSchema.parse(task.data);
    if (wanted.work === 'create') return creations.perform(task, wanted, context);
    return wanted.work === 'retire'
      ? retirements.perform(wanted, context)
      : hostedRestarts.perform(wanted, context);
  };
  await tasks.work(LIFECYCLE_WORKER, perform, { concurrency: CONCURRENCY });
}

// --- agents that are hosted elsewhere

function hostingOf(runtime: IAgentRuntime): Hosting {
  return runtime.plugins.some(({ name }) => name === 'akash')
    ? new AkashHosting({ runtime, now: Date.now })
    : noHosting;
}

function hostedAgents(
  { runtime, treasury, tasks }: Company,
  hosting: Hosting,
  book: SqlAssignments,
): HostedAgents {
  const settings = agentSettings(hostingSettings, runtime);
  const worstCasePico = worstCase({
    environment: settings.LIFECYCLE_HOSTED_ENVIRONMENT,
    taskPico: settings.LIFECYCLE_HOSTED_TASK_USD,
  });
  return new HostedAgents({
    ...{ hosting, treasury, book, worstCasePico, tokenOf: tokenOf(runtime) },
    isOver: (taskId) => isOver(tasks, taskId),
  });
}

async function isOver(tasks: Pick<TasksService, 'get'>, taskId: string): Promise<boolean> {
  try {
    return hasEnded((await tasks.get(taskId)).state);
  } catch (error) {
    if (error instanceof UnknownTaskError) return true;
    throw error;
  }
}

// Without a secret it is said when a token is needed, not before.
function tokenOf(runtime: IAgentRuntime): ReturnType<typeof tokensFrom> {
  return (owner) => tokensFrom(agentSettings(hostingSettings, runtime).LIFECYCLE_SECRET)(owner);
}

// Where one begins at a new place, that place is told of once it is ready.
function admitHosted(hosted: HostedAgents, agent: AgentRecord, concurrency: number): void {
  const { id, generation, placement, state } = agent;
  const profile = profileOf(agent, concurrency);
  if (agent.hosting !== 'akash' || !profile || !goesOn(agent)) return;
  const deploymentId = state === 'initialising' ? undefined : placement?.deploymentId;
  hosted.admit({ id, generation, deploymentId, profile });
}
