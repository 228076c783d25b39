/** A part of a request that has ended, or waits. */
export interface EndedPart {
  readonly state: string;
  readonly agent: string;
  readonly text: string;
  readonly answer: string;
}

/** What the task of a whole request becomes of its parts. */
export interface WholeOutcome {
  readonly state: 'COMPLETED' | 'FAILED' | 'REJECTED' | 'INPUT_REQUIRED';
  readonly answer: string;
  readonly waitingFor?: string | undefined;
}

/** What a request waits for when a part of it has not ended. */
export const ITS_PARTS = 'parts-of-request';

/** One answer of all parts: whole when all are, and waiting for as long as one has not ended. */
export function joinParts(parts: readonly EndedPart[]): WholeOutcome {
  const answer = parts.length === 1 ? (parts[0]?.answer ?? '') : numbered(parts);
  const states = parts.map(({ state }) => state);
  if (states.some((state) => !ENDED.has(state)))
    return { state: 'INPUT_REQUIRED', answer, waitingFor: ITS_PARTS };
  if (states.every((state) => state === 'COMPLETED')) return { state: 'COMPLETED', answer };
  const isRefused = states.every((state) => state === 'REJECTED');
  return { state: isRefused ? 'REJECTED' : 'FAILED', answer };
}

const ENDED = new Set(['COMPLETED', 'FAILED', 'CANCELED', 'REJECTED']);

function numbered(parts: readonly EndedPart[]): string {
  return parts
    .map(({ agent, state, text, answer }, index) => {
      const end = state === 'COMPLETED' ? agent : `${agent}, ${state}`;
      return `${String(index + 1)}. ${text}\n${answer}\n— ${end}`;
    })
    .join('\n\n');
}
