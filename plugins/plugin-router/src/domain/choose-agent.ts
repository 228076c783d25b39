/** An agent that requests can go to, with the meaning of its examples as vectors of unit length. */
export interface Candidate {
  readonly agent: string;
  readonly role: string;
  readonly examples: readonly { readonly text: string; readonly vector: readonly number[] }[];
}

export interface RankedCandidate {
  readonly agent: string;
  readonly role: string;
  /** Mean cosine similarity to its nearest examples, -1 to 1. */
  readonly score: number;
  /** The example that is most alike. */
  readonly nearest: string;
}

export interface Choice {
  readonly agent: string;
  readonly reason: string;
  /** True when nobody was clearly right and triage takes it. */
  readonly isAbstention: boolean;
  readonly candidates: readonly RankedCandidate[];
}

const NEAREST = 3;
// Two agents this close are a coin toss, and a wrong agent costs more than a triage.
const CLEAR_LEAD = 0.015;

/** Every candidate with how alike its examples are to the request, best first. */
export function rankCandidates(
  request: readonly number[],
  candidates: readonly Candidate[],
): RankedCandidate[] {
  return candidates
    .map((candidate) => rank(request, candidate))
    .sort((left, right) => right.score - left.score || left.agent.localeCompare(right.agent));
}

/** What the classifier says of a request. */
export interface Department {
  readonly label: string;
  /** Calibrated probability of the label, 0 to 1. */
  readonly confidence: number;
  /** True when it is too unsure to be relied on. */
  readonly isAbstention: boolean;
}

interface ChoiceOptions {
  /** How alike request and examples must be, -1 to 1, to go to a department of a company's own. */
  readonly minimumScore: number;
  readonly triageRole: string;
  /** The departments that the classifier knows. */
  readonly labels: readonly string[];
}

/**
 * Picks the agent for a request. The classifier names the department; among several agents of it,
 * the one whose examples are most like the request is taken. A department that the classifier has
 * not learnt takes what its examples clearly fit. What is unclear, or nobody's, goes to triage;
 * without a triage agent, to the one most like it.
 */
export function chooseAgent(
  ranked: readonly RankedCandidate[],
  department: Department,
  options: ChoiceOptions,
): Choice | undefined {
  const [best] = ranked;
  if (!best) return undefined;
  const own = ownDepartment(ranked, options);
  if (own)
    return choiceOf(own, ranked, `it is most like "${own.nearest}" (${own.score.toFixed(2)})`);
  const { label, confidence, isAbstention } = department;
  const percent = `${Math.round(confidence * 100)} %`;
  const named = ranked.find(({ role }) => role === label);
  if (named && !isAbstention)
    return choiceOf(named, ranked, `it is work for the ${label} (${percent} sure)`);
  const triage = ranked.find(({ role }) => role === options.triageRole);
  const why = isAbstention
    ? `nobody's work is clearly meant (${label} with ${percent})`
    : `it is work for the ${label}, and nobody here does that`;
  if (triage)
    return {
      ...choiceOf(triage, ranked, `${why}, so ${triage.role} takes it`),
      isAbstention: true,
    };
  return {
    ...choiceOf(best, ranked, `${why}, and it is most like "${best.nearest}"`),
    isAbstention: true,
  };
}

// A company may have departments that the classifier has never heard of.
function ownDepartment(
  ranked: readonly RankedCandidate[],
  { labels, minimumScore }: ChoiceOptions,
): RankedCandidate | undefined {
  const [best, second] = ranked;
  if (!best || labels.includes(best.role) || best.score < minimumScore) return undefined;
  return second && best.score - second.score < CLEAR_LEAD ? undefined : best;
}

function choiceOf(
  { agent }: RankedCandidate,
  candidates: readonly RankedCandidate[],
  reason: string,
): Choice {
  return { agent, reason, isAbstention: false, candidates };
}

function rank(request: readonly number[], candidate: Candidate): RankedCandidate {
  const similarities = candidate.examples
    .map((example) => ({ text: example.text, score: dotProduct(request, example.vector) }))
    .sort((left, right) => right.score - left.score);
  const nearest = similarities.slice(0, NEAREST);
  const total = nearest.reduce((sum, { score }) => sum + score, 0);
  return {
    agent: candidate.agent,
    role: candidate.role,
    score: nearest.length === 0 ? -1 : total / nearest.length,
    nearest: nearest[0]?.text ?? '',
  };
}

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

/** The same direction with length 1; a vector of zeros stays as it is. */
export function normaliseVector(vector: readonly number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? [...vector] : vector.map((value) => value / length);
}
