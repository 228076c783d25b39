import { withinTime, type IdSource } from '@371os/kernel';
import { noteFinding, type Dependency, type Finding } from '../domain/dependency.ts';
import { SYSTEM_ID } from '../domain/mode.ts';
import {
  areEnough,
  judgeRound,
  noOutage,
  outagePolicy,
  silentClasses,
  type OutagePolicy,
  type OutageState,
  type Witness,
} from '../domain/outage.ts';
import {
  isEjected,
  noteOutcomes,
  type EndpointOutcome,
  type EndpointRecords,
} from '../domain/outlier-ejection.ts';
import { BadAnswerError, NoAnswerError } from '../errors/mode.ts';
import type { Probe } from '../ports/probe.ts';
import type { DependencyChange, DependencyStore } from '../store/dependency-store.ts';
import type { ModeStore } from '../store/mode-store.ts';
import type { BackupMode } from './backup-mode.ts';
import { everyAbout } from './every-about.ts';

export interface DependencyWatchInit {
  /** What there is to probe now. */
  readonly probes: () => readonly Probe[];
  /** The fencing token while this process leads. */
  readonly epoch: () => number | undefined;
  readonly mode: BackupMode;
  readonly modes: ModeStore;
  readonly journal: DependencyStore;
  readonly probeMs: number;
  /** How long a probe may take, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly stableMs: number;
  readonly isAutomatic: boolean;
  readonly isReturnAutomatic: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** A number from 0 to 1. */
  readonly random: () => number;
  readonly newId: IdSource;
  readonly onError: (error: unknown) => void;
}

const TIMEOUT_MS = 2_000;
// A process that was held up for longer reads its clock before its sockets: nobody was really asked.
const HELD_UP_MS = 1_000;
const UNTIL_LEADING_MS = 1_000;
const KEEP_DAYS = 30;
// Of a company that starts not everything is there at once.
const ROUNDS_UNTIL_GONE = 5;
const LONGEST_PROBLEM = 200;

/**
 * Watches over what the company depends on while this process leads: probes all of it, tells an endpoint
 * that fails from an internet that is gone, and enters backup mode for the latter.
 */
export class DependencyWatch {
  readonly #init: DependencyWatchInit;
  readonly #policy: OutagePolicy;
  readonly #seen = new Map<string, Dependency>();
  readonly #written = new Map<string, DependencyChange>();
  readonly #absences = new Map<string, number>();
  #records: EndpointRecords = new Map();
  #outage: OutageState = noOutage();
  #isRecordedGone = false;
  #cause = '';
  #ledIn: number | undefined;
  #end: (() => Promise<void>) | undefined;

  constructor(init: DependencyWatchInit) {
    this.#init = init;
    this.#policy = outagePolicy(init.stableMs);
  }

  /** What was seen last; nothing while another process leads. */
  get dependencies(): readonly Dependency[] {
    return [...this.#seen.values()];
  }

  /** Whether enough is watched to tell that the internet is gone. */
  get canTellOutage(): boolean {
    const outside = this.dependencies.filter((dependency) => dependency.isOutside);
    return areEnough(outside, this.#policy);
  }

  start(): void {
    const { epoch, probeMs, random, onError } = this.#init;
    // Who is to lead soon need not wait for long until then.
    const periodMs = (): number =>
      epoch() === undefined ? Math.min(probeMs, UNTIL_LEADING_MS) : probeMs;
    this.#end ??= everyAbout(periodMs, random, () => this.#round(), onError);
  }

  async stop(): Promise<void> {
    await this.#end?.();
    this.#end = undefined;
  }

  async #round(): Promise<void> {
    const epoch = this.#init.epoch();
    if (epoch === undefined) {
      this.#forget();
      return;
    }
    if (epoch !== this.#ledIn) await this.#take(epoch);
    const beganAtMs = this.#init.elapsedMs();
    const timeoutMs = this.#init.timeoutMs ?? TIMEOUT_MS;
    const findings = await Promise.all(
      this.#init.probes().map((probe) => findOut(probe, timeoutMs)),
    );
    const atMs = this.#init.elapsedMs();
    if (atMs - beganAtMs > timeoutMs + HELD_UP_MS || this.#init.epoch() !== epoch) return;
    this.#note(findings, atMs);
    await this.#settle(epoch);
    await this.#write(epoch);
  }

  #forget(): void {
    this.#ledIn = undefined;
    this.#seen.clear();
    this.#written.clear();
    this.#absences.clear();
    this.#records = new Map();
  }

  // Goes on where whoever led before has left off.
  async #take(epoch: number): Promise<void> {
    this.#forget();
    await this.#init.mode.refresh();
    const { situation } = this.#init.mode;
    const isGone = situation?.outage !== undefined && situation.outage.endedAtMs === undefined;
    this.#outage = noOutage(isGone);
    this.#isRecordedGone = isGone;
    for (const change of await this.#init.journal.latest()) this.#written.set(change.name, change);
    await this.#init.journal.prune(KEEP_DAYS);
    this.#ledIn = epoch;
  }

  #note(findings: readonly Finding[], atMs: number): void {
    this.#records = noteOutcomes(this.#records, this.#judgeable(findings), atMs);
    const known = new Map(this.#seen);
    this.#seen.clear();
    for (const finding of findings) {
      const ejected = isEjected(this.#records.get(finding.name));
      this.#seen.set(finding.name, noteFinding(known.get(finding.name), finding, ejected));
    }
    const witnesses = this.#witnesses();
    const wasGone = this.#outage.isGone;
    this.#outage = judgeRound(this.#outage, witnesses, atMs, this.#policy);
    if (this.#outage.isGone && !wasGone) this.#cause = causeOf(witnesses);
  }

  // When nobody outside answers, it is not the fault of any of them.
  #judgeable(findings: readonly Finding[]): EndpointOutcome[] {
    const isThere = findings.some(({ isOutside, outcome }) => isOutside && outcome !== 'silent');
    return findings.map(({ name, isOutside, outcome }) => ({
      name,
      isWell: isOutside && !isThere ? undefined : outcome === 'well',
    }));
  }

  #witnesses(): Witness[] {
    return this.dependencies
      .filter(({ isOutside }) => isOutside)
      .map(({ supplier, outcome, isEjected: isOutlier, ...dependency }) => ({
        ...{ class: dependency.class, supplier, outcome, isOutlier },
      }));
  }

  // The mode before the record: whoever takes over from here finds an outage that was dealt with.
  async #settle(epoch: number): Promise<void> {
    const { isGone } = this.#outage;
    if (isGone === this.#isRecordedGone) return;
    const { modes, newId } = this.#init;
    await this.#switch(isGone, epoch);
    await (isGone ? modes.beginOutage(newId(), this.#cause, epoch) : modes.endOutage());
    this.#isRecordedGone = isGone;
    await this.#init.mode.refresh();
  }

  async #switch(isGone: boolean, epoch: number): Promise<void> {
    const { mode, isAutomatic, isReturnAutomatic } = this.#init;
    const order = { by: SYSTEM_ID, epoch };
    if (isGone && isAutomatic) await mode.change('backup', { ...order, cause: this.#cause });
    const isOurs = mode.mode.state === 'backup' && mode.mode.by === SYSTEM_ID;
    if (!isGone && isReturnAutomatic && isOurs)
      await mode.change('normal', { ...order, cause: 'the internet can be reached again' });
  }

  async #write(epoch: number): Promise<void> {
    const { journal, newId } = this.#init;
    for (const dependency of this.dependencies) {
      this.#absences.delete(dependency.name);
      if (this.#written.get(dependency.name)?.state === dependency.state) continue;
      await journal.add(newId(), dependency, epoch);
      this.#written.set(dependency.name, dependency);
    }
    for (const [name, known] of this.#written) {
      if (this.#seen.has(name)) continue;
      const absences = (this.#absences.get(name) ?? 0) + 1;
      this.#absences.set(name, absences);
      if (absences < ROUNDS_UNTIL_GONE) continue;
      await journal.add(newId(), { ...known, state: 'gone' }, epoch);
      this.#written.delete(name);
    }
  }
}

function causeOf(witnesses: readonly Witness[]): string {
  return `the internet cannot be reached (no answer from any ${silentClasses(witnesses).join(', ')})`;
}

async function findOut(probe: Probe, timeoutMs: number): Promise<Finding> {
  const { name, supplier, isOutside } = probe;
  const finding = { name, class: probe.class, supplier, isOutside };
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new NoAnswerError({ problem: `no answer within ${String(timeoutMs)} ms` });
  try {
    await withinTime(probe.check(signal), timeoutMs, () => late);
    return { ...finding, outcome: 'well', problem: '' };
  } catch (error) {
    if (error instanceof BadAnswerError)
      return { ...finding, outcome: 'unwell', problem: problemOf(error) };
    return { ...finding, outcome: 'silent', problem: problemOf(signal.aborted ? late : error) };
  }
}

// Which words a server chose is not repeated; which error it was is.
function problemOf(error: unknown): string {
  if (error instanceof BadAnswerError || error instanceof NoAnswerError)
    return error.message.slice(0, LONGEST_PROBLEM);
  return codeOf(error) ?? (error instanceof Error ? error.name : 'it failed');
}

// fetch says what went wrong in the cause of what it throws, or in the first of several.
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code.slice(0, LONGEST_PROBLEM);
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause);
}
