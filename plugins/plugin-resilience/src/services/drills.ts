import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { explainError } from '@371os/kernel';
import type { DependencyClass } from '../domain/dependency-class.ts';
import {
  hardLimitMs,
  recoveryMs,
  type Drill,
  type DrillKind,
  type DrillPlan,
  type Measured,
} from '../domain/drill.ts';
import { isDue, type ScheduledDrill } from '../domain/drill-schedule.ts';
import { describeDrill } from '../domain/drill-words.ts';
import { readDrillRequest, type DrillRequest } from '../domain/read-drill-request.ts';
import { DrillRefusedError } from '../errors/drills.ts';
import type { DrillLog } from '../ports/drill-log.ts';
import type { DrillSite, DrillSubject } from '../ports/drill-site.ts';
import type { DrillEnd, DrillStore, NewDrill } from '../store/drill-store.ts';
import type { FaultKeeper } from './fault-keeper.ts';
import type { Leadership } from './leadership.ts';

export interface DrillsInit {
  readonly store: DrillStore;
  readonly leadership: Leadership;
  readonly keeper: FaultKeeper;
  readonly sites: readonly DrillSite[];
  readonly schedule: readonly ScheduledDrill[];
  /** Whether this node works without what is outside: nothing more is made to fail then. */
  readonly isInBackup: () => boolean;
  /** Tells what came of a drill in the room that it was asked for in. */
  readonly tell: (roomId: string, text: string) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

const LOOK_FOR_WORK_MS = 1_000;
const LOOK_AT_FAULT_MS = 250;
const IN_BACKUP = {
  reason: 'this node is in backup mode',
  advice: 'Leave it first: what fails already needs no drill.',
};

/** Drills: those that were approved are carried out by the process that leads, one at a time. */
export class Drills implements DrillLog {
  readonly #init: DrillsInit;
  #endLeading: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isStopping = false;
  readonly #tried = new Map<string, number>();

  constructor(init: DrillsInit) {
    this.#init = init;
  }

  start(): void {
    const { keeper, leadership } = this.#init;
    keeper.start();
    this.#endLeading ??= leadership.whileLeading(LOOK_FOR_WORK_MS, (epoch) => this.#lead(epoch));
  }

  /** Takes back what is being drilled, and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#endLeading?.();
    await this.#running;
    this.#init.keeper.stop();
  }

  /** What a request would do now. @throws DrillRefusedError */
  async plan(request: DrillRequest): Promise<DrillPlan> {
    if (this.#init.isInBackup()) throw new DrillRefusedError(IN_BACKUP);
    const { kind, seconds } = request;
    for (const site of this.#init.sites) {
      const target = site.kinds.includes(kind) ? await site.plan(request) : undefined;
      if (target) return { version: 1, kind, target, seconds };
    }
    throw nothingHere(kind);
  }

  /** Has one that was approved wait for its turn; the same id is the same drill. */
  async add(drill: NewDrill): Promise<void> {
    await this.#init.store.add(drill);
  }

  /** Newest first. */
  async list(limit?: number): Promise<Drill[]> {
    return this.#init.store.list(limit);
  }

  /** Ends the one that runs, and those that wait. Returns their ids. */
  async abort(by: string): Promise<string[]> {
    return this.#init.store.abort(by);
  }

  async lastSuccesses(): Promise<ReadonlyMap<DependencyClass, number>> {
    return this.#init.store.lastSuccesses();
  }

  async #lead(epoch: number): Promise<void> {
    const { store, schedule } = this.#init;
    // Nothing runs here now, and nowhere else while this process leads.
    const orphans = await store.endOrphans();
    if (orphans.length > 0) await this.#init.keeper.look();
    for (const scheduled of schedule)
      await this.#addDue(scheduled).catch((error: unknown) => this.#init.onError(error));
    const next = await store.nextApproved();
    if (!next || this.#isStopping) return;
    this.#running = this.#carryOut(next, epoch).finally(() => (this.#running = undefined));
    await this.#running;
  }

  // One that cannot be planned is not tried again before its next day.
  async #addDue(scheduled: ScheduledDrill): Promise<void> {
    const { store, now } = this.#init;
    const { kind, target, approvedBy } = scheduled;
    const requesterId = `schedule: ${kind} ${target}`;
    const lastMs = (await store.lastAsked(requesterId)) ?? this.#tried.get(requesterId);
    if (!isDue(scheduled, lastMs, now())) return;
    this.#tried.set(requesterId, now());
    const plan = await this.plan(readDrillRequest(scheduled));
    const id = randomUUID();
    await store.add({ id, plan, requesterId, approvedBy, roomId: '' });
  }

  async #carryOut(drill: Drill, epoch: number): Promise<void> {
    const end = await this.#run(drill, epoch).catch((error: unknown) => refusalOf(error));
    if (!end) return;
    await this.#init.store.end(drill.id, end);
    await this.#init.keeper.look();
    if (drill.roomId !== '')
      await this.#init.tell(drill.roomId, describeDrill({ ...drill, ...end }));
  }

  /** Undefined when its turn has not come, or somebody else leads now and will end it. */
  async #run(drill: Drill, epoch: number): Promise<DrillEnd | undefined> {
    if (this.#init.isInBackup()) throw new DrillRefusedError(IN_BACKUP);
    const { target } = drill.plan;
    const site = this.#init.sites.find(({ type }) => type === target.type);
    if (!site) throw nothingHere(drill.plan.kind);
    const subject = await site.open(drill, target);
    if (!(await this.#init.store.begin(drill, epoch))) return undefined;
    // Whatever the database does meanwhile, a fault ends in time.
    const timer = setTimeout(() => void this.#takeBack(subject), drill.plan.seconds * 1_000);
    try {
      await subject.make();
      return await this.#observe(drill, subject, epoch);
    } finally {
      clearTimeout(timer);
      await this.#takeBack(subject);
      subject.close();
    }
  }

  async #observe(
    drill: Drill,
    subject: DrillSubject,
    epoch: number,
  ): Promise<DrillEnd | undefined> {
    const { elapsedMs, leadership, store } = this.#init;
    const begunMs = elapsedMs();
    const limitMs = hardLimitMs(drill.plan);
    let measured: Measured = { detectedMs: undefined, recoveredMs: undefined };
    while (measured.recoveredMs === undefined) {
      const sinceMs = Math.round(elapsedMs() - begunMs);
      // Who was only late at renewing its lead goes on; who leads instead has ended the drill, or will.
      if (leadership.epoch !== undefined && leadership.epoch !== epoch) return undefined;
      if (this.#isStopping)
        return { ...measured, state: 'aborted', outcome: 'The process that led it was stopped.' };
      const { isRunning, abortedBy: by } = await store.progress(drill.id);
      if (!isRunning) return undefined;
      if (by !== undefined)
        return { ...measured, state: 'aborted', outcome: `${by} ended it before its time.` };
      if (sinceMs > limitMs) return { ...measured, ...lateEnd(limitMs) };
      const { isDetected, isRecovered, alsoShows, failure } = await subject.look();
      const atMs = Math.round(elapsedMs() - begunMs);
      if (failure !== undefined) return { ...measured, state: 'failed', outcome: failure };
      measured = {
        alsoShows,
        // What has been recovered from has been noticed.
        detectedMs: measured.detectedMs ?? (isDetected || isRecovered ? atMs : undefined),
        recoveredMs: isRecovered ? atMs : undefined,
      };
      if (!isRecovered) await delay(LOOK_AT_FAULT_MS);
    }
    return { ...measured, state: 'succeeded', outcome: successWords(drill, measured) };
  }

  async #takeBack(subject: DrillSubject): Promise<void> {
    await subject.takeBack().catch(this.#init.onError);
  }
}

function nothingHere(kind: DrillKind): DrillRefusedError {
  return new DrillRefusedError({
    reason: `nothing here can do a ${kind} drill`,
    advice: 'Ask the front desk.',
  });
}

function lateEnd(limitMs: number): Pick<DrillEnd, 'state' | 'outcome'> {
  const outcome = `Nothing took its place within ${String(limitMs / 1_000)} s.`;
  return { state: 'failed', outcome };
}

function successWords({ plan: { target } }: Drill, measured: Measured): string {
  const after = `${((recoveryMs(measured) ?? 0) / 1_000).toFixed(1)} s after it was noticed`;
  switch (target.type) {
    case 'process':
      return `A task of ${target.agent} was done ${after}.`;
    case 'provider':
      return `Another model answered ${after}.`;
    case 'endpoint':
      return `Another node answered for ${target.purpose} ${after}.`;
    case 'hosted':
      return `${target.agent} did a task at another provider ${after}.`;
  }
}

function refusalOf(error: unknown): DrillEnd {
  const state = error instanceof DrillRefusedError ? 'refused' : 'failed';
  return { state, outcome: explainError(error), detectedMs: undefined, recoveredMs: undefined };
}
