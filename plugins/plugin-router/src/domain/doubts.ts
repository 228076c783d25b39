import type { Draft } from './split-request.ts';

// Longer than most people write when they ask for one thing.
const LONG_CHARACTERS = 600;
const MANY_CLAUSES = 5;
const STRUCTURED_LINES = 3;
const FEWEST_WORDS = 4;
const CLOSE_CALL = 0.15;

/** What was decided about a request so far. */
export interface Decided {
  readonly draft: Draft;
  /** For each doubtful piece, how far it was from being decided the other way, 0 to 1. */
  readonly margins: readonly number[];
  /** Whether the department of some part is unclear. */
  readonly hasAbstention: boolean;
}

/** Why rules may have cut a request wrongly, each as part of a sentence; none when they are sure. */
export function doubtsAbout({ draft, margins, hasAbstention }: Decided): string[] {
  const { request, pieces, isForeign } = draft;
  const text = request.trim();
  if (text.split(/\s+/).length < FEWEST_WORDS && !isForeign) return [];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const unlisted = pieces.filter(({ isItem }) => !isItem);
  const doubts: readonly (readonly [string, boolean])[] = [
    ['it is not in English', isForeign],
    ['it is long', text.length > LONG_CHARACTERS],
    ['it has many clauses', unlisted.length >= MANY_CLAUSES],
    ['it is structured', lines.length >= STRUCTURED_LINES && unlisted.length > 0],
    ['it could be cut in another way', margins.some((margin) => margin < CLOSE_CALL)],
    ['whose work some of it is remains unclear', pieces.length > 1 && hasAbstention],
  ];
  return doubts.flatMap(([doubt, holds]) => (holds ? [doubt] : []));
}
