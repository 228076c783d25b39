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

/**
 * Picks the agent whose examples are most like the request. Below `minimumScore`, or with no clear
 * lead, it abstains and the triage role takes the request; without such an agent, the best does.
 */
export function chooseAgent(
  ranked: readonly RankedCandidate[],
  options: { minimumScore: number; triageRole: string },
): Choice | undefined {
  const [best, second] = ranked;
  if (!best) return undefined;
  const isUnlike = best.score < options.minimumScore;
  const isClose = second !== undefined && best.score - second.score < CLEAR_LEAD;
  const triage = ranked.find((candidate) => candidate.role === options.triageRole);
  if ((isUnlike || isClose) && triage)
    return {
      agent: triage.agent,
      reason: isUnlike
        ? `nobody's work is clearly like it (best: ${describe(best)}), so ${triage.role} takes it`
        : `${describe(best)} and ${describe(second ?? best)} are too close, so ${triage.role} takes it`,
      isAbstention: true,
      candidates: ranked,
    };
  return {
    agent: best.agent,
    reason: `it is most like "${best.nearest}" (${best.score.toFixed(2)})`,
    isAbstention: false,
    candidates: ranked,
  };
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

function describe(candidate: RankedCandidate): string {
  return `${candidate.agent} ${candidate.score.toFixed(2)}`;
}
