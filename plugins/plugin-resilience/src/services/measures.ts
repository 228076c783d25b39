import { explainError, withinTime, type Clock } from '@371os/kernel';
import type { DependencyClass } from '../domain/dependency-class.ts';
import { platformRisk } from '../domain/dependency-risk.ts';
import { criticalAmong, crossCommunityRedundancy } from '../domain/redundancy.ts';
import {
  figuresOf,
  levelChanges,
  type Figures,
  type LevelChange,
  type ResilienceReport,
} from '../domain/resilience-report.ts';
import {
  levelMeanwhile,
  nextStanding,
  NO_STANDING,
  offlineSyncRate,
  SYNC_WINDOW_MS,
  type SyncRate,
  type SyncStanding,
} from '../domain/sync-rate.ts';
import { SourceTooSlowError } from '../errors/measures.ts';
import type { DrillLog } from '../ports/drill-log.ts';
import type { MeasureBook } from '../ports/measure-book.ts';
import type { ModeSwitch } from '../ports/mode-switch.ts';
import type { SyncLog } from '../ports/sync-log.ts';
import type { CompanyCensus } from './company-census.ts';
import type { Leadership } from './leadership.ts';

/** What other parts know; nothing is known of a part that is missing. */
export interface Knowledge {
  readonly syncLog?: SyncLog | undefined;
  readonly drillLog?: DrillLog | undefined;
  readonly modeSwitch?: ModeSwitch | undefined;
}

export interface MeasuresInit {
  readonly census: Pick<CompanyCensus, 'take'>;
  readonly book: MeasureBook;
  readonly knowledge: Knowledge;
  readonly leadership: Pick<Leadership, 'whileLeading' | 'leader'>;
  readonly critical: ReadonlySet<DependencyClass>;
  /** The capabilities that redundancy is judged by; all where none is named. */
  readonly criticalCapabilities: readonly string[];
  readonly everyMs: number;
  readonly keepMs: number;
  readonly now: Clock;
  /** Told of each metric that is at another level than the time before. */
  readonly onChange: (changes: readonly LevelChange[]) => void;
  /** Told of a measurement for the series that failed; the next one is tried. */
  readonly onError: (error: unknown) => void;
}

const DAY_MS = 86_400_000;
// Changes that have waited for longer than this are not looked for any more.
const LONGEST_OUTAGE_MS = 7 * DAY_MS;
const WITHIN_MS = 5_000;
const LOOKS_A_PERIOD = 10;

/** How old a report may be for somebody who asks for it now: many who ask at once share one. */
export const ASKED_MS = 1_000;

/**
 * Measures the company's resilience: the leader every so often, for the series, and anybody who asks
 * for themselves. A number that cannot be computed is null, and the report says why.
 */
export class Measures {
  readonly #init: MeasuresInit;
  #end: (() => void) | undefined;
  #keeping: Promise<void> | undefined;
  #recent: { readonly atMs: number; readonly report: Promise<ResilienceReport> } | undefined;
  #told: Figures | undefined;
  #lookedAtMs = -Infinity;

  constructor(init: MeasuresInit) {
    this.#init = init;
  }

  /** Measures for as long as this process leads. */
  start(): void {
    const { leadership, everyMs, onError } = this.#init;
    const keep = (): Promise<void> => (this.#keeping = this.keepWhenDue().catch(onError));
    this.#end ??= leadership.whileLeading(everyMs / LOOKS_A_PERIOD, keep);
  }

  /** Ends that, once what is being measured has been kept. */
  async stop(): Promise<void> {
    this.#end?.();
    this.#end = undefined;
    await this.#keeping;
  }

  /** Measures now, or gives what was measured up to so many milliseconds ago. */
  report(maxAgeMs = 0): Promise<ResilienceReport> {
    const atMs = this.#init.now();
    const recent = this.#recent;
    const ageMs = recent ? atMs - recent.atMs : Infinity;
    if (recent && ageMs >= 0 && ageMs < maxAgeMs) return recent.report;
    const report = this.#measure(atMs, (before, value) => ({
      ...before,
      level: levelMeanwhile(before, value),
    })).then(({ report }) => report);
    this.#recent = { atMs, report };
    // What failed is not kept for the next one.
    report.catch(() => (this.#recent = undefined));
    return report;
  }

  /** Measures for the series when that is due. A new leader goes on where the last one was. */
  async keepWhenDue(): Promise<void> {
    const { book, everyMs } = this.#init;
    const newest = await book.since(everyMs - everyMs / LOOKS_A_PERIOD);
    if (!newest) await this.keep();
  }

  /** Measures, and adds it to the series: a window that counts for recovery. */
  async keep(): Promise<void> {
    const { book, keepMs, now, onChange } = this.#init;
    const { report, standing, last } = await this.#measure(now(), nextStanding);
    const figures = figuresOf(report, standing.goodWindows);
    await book.add(figures, keepMs);
    const changes = last ? levelChanges(last, figures) : [];
    if (changes.length > 0) onChange(changes);
  }

  /** Whether this process has not looked for changes for as long as a measurement takes to come. */
  get isLookDue(): boolean {
    return Math.abs(this.#init.now() - this.#lookedAtMs) >= this.#init.everyMs;
  }

  /** What is at another level than when this process last looked, whoever leads. */
  async look(): Promise<LevelChange[]> {
    this.#lookedAtMs = this.#init.now();
    const [newest, previous] = await this.#init.book.newest(2);
    if (!newest) return [];
    const before = this.#told ?? previous ?? newest;
    this.#told = newest;
    return levelChanges(before, newest);
  }

  async #measure(
    nowMs: number,
    judge: (before: SyncStanding, value: number | null) => SyncStanding,
  ): Promise<{ report: ResilienceReport; standing: SyncStanding; last: Figures | undefined }> {
    const { census, book, knowledge, leadership, critical, criticalCapabilities } = this.#init;
    const problems: string[] = [];
    const asked = <Result>(name: string, work: Promise<Result> | undefined) =>
      this.#ask(name, work, problems);
    const [found, samples, drills, last, before, leader] = await Promise.all([
      census.take(),
      asked('the sync log', knowledge.syncLog?.samples(nowMs - LONGEST_OUTAGE_MS)),
      asked('the drill log', knowledge.drillLog?.lastSuccesses()),
      // The series is no decoration: without it what is degraded would look recovered.
      book.newest(1).then(([newest]) => newest),
      asked('the series', book.since(DAY_MS)),
      asked('the lease of the office', leadership.leader()),
    ]);
    const rate = samples ? offlineSyncRate(samples, nowMs) : NOTHING_SYNCED;
    const standing = judge(standingIn(last), rate.value);
    const report: ResilienceReport = {
      atMs: nowMs,
      mode: knowledge.modeSwitch?.mode ?? null,
      leader: leader ?? null,
      offlineSyncRate: {
        ...rate,
        level: standing.level,
        source: knowledge.syncLog
          ? 'changes made while their receiver was away'
          : 'nothing: no log of changes is kept here',
        windowMs: SYNC_WINDOW_MS,
      },
      platformDependencyRisk: platformRisk(found.classes, { nowMs, drills, critical }),
      crossCommunityRedundancy: {
        ...crossCommunityRedundancy(criticalAmong(found.capabilities, criticalCapabilities)),
        ...{ source: found.source, windowMs: null },
      },
      drills: drills ?? null,
      before: before ?? null,
      problems: [...found.problems, ...problems],
    };
    return { report, standing, last };
  }

  async #ask<Result>(
    name: string,
    work: Promise<Result> | undefined,
    problems: string[],
  ): Promise<Result | undefined> {
    if (!work) return undefined;
    try {
      const late = (): Error => new SourceTooSlowError({ name, withinMs: WITHIN_MS });
      return await withinTime(work, WITHIN_MS, late);
    } catch (error) {
      problems.push(`Not known from ${name}: ${explainError(error)}`);
      return undefined;
    }
  }
}

const NOTHING_SYNCED: SyncRate = { value: null, n: 0, applied: 0, waiting: 0 };

function standingIn(last: Figures | undefined): SyncStanding {
  return last ? { level: last.syncLevel, goodWindows: last.goodWindows } : NO_STANDING;
}
