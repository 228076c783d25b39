import { missingBefore, type MissingLetter } from './causal-order.ts';
import type { Letter } from './letter.ts';

/** Where the letters of one sender stand. */
export interface SenderState {
  /** The newest that was applied; 0 when there was none. */
  readonly newest: number;
  /** Its hash. */
  readonly hash: string;
}

/**
 * `new`: it is the next one. `known`: it was applied before. `gap`: others of its sender come first.
 * `early`: others that it builds on come first. `forged`: it does not fit what is known.
 */
export type Judgement =
  | { readonly is: 'new' | 'known' | 'gap' | 'forged' }
  | { readonly is: 'early'; readonly missing: readonly MissingLetter[] };

/**
 * What is to be done with an intact letter.
 * @param storedHash of the letter that was applied under its number, when there was one and is kept
 * @param applied how many letters of each sender were applied
 */
export function judgeLetter(
  letter: Letter,
  state: SenderState,
  storedHash: string | undefined,
  applied: Readonly<Record<string, number>>,
): Judgement {
  if (letter.number <= state.newest)
    return { is: (storedHash ?? letter.hash) === letter.hash ? 'known' : 'forged' };
  if (letter.number > state.newest + 1) return { is: 'gap' };
  if (letter.previous !== state.hash) return { is: 'forged' };
  const missing = missingBefore(letter.sent, letter.receiver, applied);
  return missing.length > 0 ? { is: 'early', missing } : { is: 'new' };
}
