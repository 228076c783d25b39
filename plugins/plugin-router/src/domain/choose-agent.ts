import { formatUsd } from '@371os/kernel';
import {
  AVAILABILITIES,
  availabilityOf,
  describeAvailability,
  type Availability,
  type FailingRule,
} from './availability.ts';
import type { DirectoryEntry } from './directory-entry.ts';
import type { Likeness } from './likeness.ts';

/** An agent, and what it has to do with a request. */
export interface Candidate {
  readonly entry: DirectoryEntry;
  readonly likeness: Likeness;
  /** Whether it can do what is asked by a rule, without a language model. */
  readonly hasRule: boolean;
}

/** A candidate with all that its place was decided by, and why it was not asked. */
export interface RankedCandidate {
  readonly agent: string;
  readonly role: string;
  /** Likeness to its examples, -1 to 1. */
  readonly score: number;
  /** The example that is most alike. */
  readonly nearest: string;
  readonly availability: Availability;
  readonly open: number;
  readonly concurrency: number;
  readonly failuresInARow: number;
  /** What a task of it costs in USD, as a decimal; undefined when that is not known. */
  readonly usdPerTask?: string | undefined;
  readonly rateBasis?: string | undefined;
  /** `asked`, or why not. */
  readonly verdict: string;
}

export interface Choice {
  readonly agent: string;
  readonly reason: string;
  /** True when nobody was clearly right and triage takes it. */
  readonly isAbstention: boolean;
  readonly candidates: readonly RankedCandidate[];
}

/** What the classifier says of a request. */
export interface Department {
  readonly label: string;
  /** Calibrated probability of the label, 0 to 1. */
  readonly confidence: number;
  /** True when it is too unsure to be relied on. */
  readonly isAbstention: boolean;
}

/** What else a choice depends on. */
export interface Circumstances {
  readonly department: Department;
  /** The departments that the classifier knows. */
  readonly labels: readonly string[];
  /** How alike request and examples must be, -1 to 1, to go to a department of a company's own. */
  readonly minimumScore: number;
  readonly triageRole: string;
  /** Agents that have had it already, in the tasks that this one comes from. */
  readonly answered: readonly string[];
  /** True when nothing of it may leave the machine. */
  readonly isConfidential: boolean;
  readonly failing: FailingRule;
  readonly nowMs: number;
}

// Two agents this close are a coin toss, and a wrong agent costs more than a triage.
const CLEAR_LEAD = 0.015;
const LESS_ALIKE = 'is less like it';

interface Contender extends Candidate {
  readonly availability: Availability;
  /** Why it cannot be asked at all. */
  readonly bar: string | undefined;
}

/** Who can do it, and why they can. */
interface Field {
  readonly able: readonly Contender[];
  readonly reason: string;
  readonly isAbstention: boolean;
  /** Why the others are not able; the work that they do by default. */
  readonly others?: string | undefined;
}

/**
 * Picks the agent for a request, by capability, then availability, then cost.
 *
 * 1. Out of the question is who has had the request already in the same chain of tasks, and, for a
 *    confidential one, who is on another machine.
 * 2. Able is, the first of these that anybody is: who has a rule that reads it, when they are all of
 *    one role and the classifier names nobody of another process; who holds a role that the classifier has not learnt and is clearly most like it; who
 *    holds the department that the classifier names; who holds the triage role; and, unless it has
 *    been handed on before, whoever is most like it.
 * 3. Of these, the most available are left: free before busy, before failing, before away.
 * 4. Of these, those that are as like it as the one that is most like it.
 * 5. Of these, the cheapest is asked; an unknown cost comes last. Then the less busy, then the name.
 *
 * @returns undefined when nobody is able
 */
export function chooseAgent(
  candidates: readonly Candidate[],
  circumstances: Circumstances,
): Choice | undefined {
  const contenders = candidates.map((one) => contenderOf(one, circumstances)).sort(byLikeness);
  const field = fieldOf(contenders, circumstances);
  if (!field) return undefined;
  const available = mostAvailable(field.able);
  const alike = mostAlike(available);
  const [chosen] = [...alike].sort(byCost);
  if (!chosen) return undefined;
  const verdict = (one: Contender): string => {
    if (one === chosen) return 'asked';
    if (one.bar !== undefined) return one.bar;
    if (!field.able.includes(one)) return field.others ?? `does the work of the ${one.entry.role}`;
    if (!available.includes(one)) return describeAvailability(one.availability, one.entry);
    return alike.includes(one) ? whyDearer(one, chosen) : LESS_ALIKE;
  };
  return {
    agent: chosen.entry.name,
    reason: reasonOf(field, chosen),
    isAbstention: field.isAbstention,
    candidates: contenders.map((one) => present(one, verdict(one))),
  };
}

function contenderOf(candidate: Candidate, circumstances: Circumstances): Contender {
  const { entry } = candidate;
  const { answered, isConfidential, failing, nowMs } = circumstances;
  const bar = answered.includes(entry.name)
    ? 'has had it already'
    : isConfidential && !entry.isLocal
      ? 'is on another machine, and this is private'
      : undefined;
  return { ...candidate, bar, availability: availabilityOf(entry, failing, nowMs) };
}

function fieldOf(all: readonly Contender[], circumstances: Circumstances): Field | undefined {
  const open = all.filter(({ bar }) => bar === undefined);
  const { department, triageRole, answered } = circumstances;
  const expected = department.isAbstention ? [] : holding(open, department.label);
  const triage = holding(open, triageRole);
  const alike = answered.length > 0 ? [] : mostAlike(open);
  const why = whyNoDepartment(all, department);
  return (
    ruled(open, department) ??
    ownDepartment(all, circumstances) ??
    fieldWith({ able: expected, reason: sureOf(department), isAbstention: false }) ??
    fieldWith({ able: triage, reason: `${why}, so ${triageRole} takes it`, isAbstention: true }) ??
    fieldWith({
      able: alike,
      reason: `${why}, and it is most like "${alike[0]?.likeness.nearest ?? ''}"`,
      isAbstention: true,
      others: LESS_ALIKE,
    })
  );
}

function fieldWith(field: Field): Field | undefined {
  return field.able.length === 0 ? undefined : field;
}

// A rule that reads the request is surer than its likeness to other requests.
function ruled(open: readonly Contender[], department: Department): Field | undefined {
  const able = open.filter(({ hasRule }) => hasRule);
  const [first, ...others] = new Set(able.map(({ entry }) => entry.role));
  if (first === undefined || others.length > 0) return undefined;
  const isExpected = !department.isAbstention && department.label === first;
  if (!isExpected && isWorkElsewhere(open, department)) return undefined;
  const reason = isExpected ? sureOf(department) : 'it is the one who has a rule for it';
  return { able, reason, isAbstention: false };
}

// The rules of another process or place cannot be asked from here: whose work it is may well have one.
function isWorkElsewhere(open: readonly Contender[], { label, isAbstention }: Department): boolean {
  return (
    !isAbstention &&
    holding(open, label).some(({ entry }) => entry.isElsewhere === true || !entry.isLocal)
  );
}

// A company may have departments that the classifier has never heard of. When nobody of one may be
// asked, the next most alike is not one that the request fits.
function ownDepartment(
  all: readonly Contender[],
  { labels, minimumScore }: Circumstances,
): Field | undefined {
  const [best] = all;
  if (!best || labels.includes(best.entry.role) || best.likeness.score < minimumScore)
    return undefined;
  const { score, nearest } = best.likeness;
  const next = all.find(({ entry }) => entry.role !== best.entry.role);
  if (next && score - next.likeness.score < CLEAR_LEAD) return undefined;
  return fieldWith({
    able: holding(all, best.entry.role).filter(({ bar }) => bar === undefined),
    reason: `it is most like "${nearest}" (${score.toFixed(2)})`,
    isAbstention: false,
  });
}

function holding(contenders: readonly Contender[], role: string): Contender[] {
  return contenders.filter(({ entry }) => entry.role === role);
}

function whyNoDepartment(all: readonly Contender[], department: Department): string {
  const { label, isAbstention } = department;
  if (isAbstention)
    return `nobody's work is clearly meant (${label} with ${percentOf(department)})`;
  const [barred] = holding(all, label);
  return barred
    ? `it is work for the ${label}, and ${barred.entry.name} ${barred.bar ?? ''}`
    : `it is work for the ${label}, and nobody here does that`;
}

function sureOf(department: Department): string {
  return `it is work for the ${department.label} (${percentOf(department)} sure)`;
}

function percentOf({ confidence }: Department): string {
  return `${Math.round(confidence * 100)} %`;
}

function mostAvailable(able: readonly Contender[]): Contender[] {
  const best = Math.min(...able.map(rankOf));
  return able.filter((one) => rankOf(one) === best);
}

function mostAlike(contenders: readonly Contender[]): Contender[] {
  const best = Math.max(...contenders.map(({ likeness }) => likeness.score));
  return contenders.filter(({ likeness }) => best - likeness.score < CLEAR_LEAD);
}

function rankOf({ availability }: Contender): number {
  return AVAILABILITIES.indexOf(availability);
}

function byLikeness(left: Contender, right: Contender): number {
  return right.likeness.score - left.likeness.score || byName(left, right);
}

function byName(left: Contender, right: Contender): number {
  return left.entry.name.localeCompare(right.entry.name);
}

function byCost(left: Contender, right: Contender): number {
  return compareRates(left, right) || share(left) - share(right) || byName(left, right);
}

function compareRates(left: Contender, right: Contender): number {
  const [one, other] = [left.entry.rate, right.entry.rate];
  if (!one || !other) return Number(!one) - Number(!other);
  return Number(one.picoPerTask > other.picoPerTask) - Number(one.picoPerTask < other.picoPerTask);
}

function share({ entry }: Contender): number {
  return entry.load.open / entry.load.concurrency;
}

function whyDearer(one: Contender, chosen: Contender): string {
  if (compareRates(one, chosen) > 0) return one.entry.rate ? 'costs more' : 'may cost anything';
  return share(one) > share(chosen) ? 'has more to do' : 'comes later by name';
}

const SO: Readonly<Record<Availability, string>> = {
  free: '',
  busy: ', so this waits for its turn',
  failing: ', and nobody else can do it',
  away: ', so this waits until it is back',
};

function reasonOf({ able, reason }: Field, chosen: Contender): string {
  const passed = able
    .filter((one) => rankOf(one) > rankOf(chosen))
    .map(({ entry, availability }) => `${entry.name} ${describeAvailability(availability, entry)}`);
  const { availability, entry } = chosen;
  const own =
    availability === 'free'
      ? []
      : [`it ${describeAvailability(availability, entry)}${SO[availability]}`];
  return [reason, ...passed, ...own].join('; ');
}

function present({ entry, likeness, availability }: Contender, verdict: string): RankedCandidate {
  const { name, role, load, health, rate } = entry;
  return {
    agent: name,
    role,
    ...likeness,
    availability,
    ...load,
    failuresInARow: health.failuresInARow,
    ...(rate ? { usdPerTask: formatUsd(rate.picoPerTask), rateBasis: rate.basis } : {}),
    verdict,
  };
}
