import { setImmediate } from 'node:timers/promises';
import { piecesOf } from '../domain/token-bound.ts';
import type { TokenCounter } from '../ports.ts';

const PIECES_AT_A_TIME = 32;

type Count = (text: string) => number;

/** Counts in o200k pieces. The encoder takes half a second and 65 MB, so it loads when needed. */
export class GptTokenCounter implements TokenCounter {
  #loading: Promise<Count> | undefined;

  get isLoaded(): boolean {
    return this.#loading !== undefined;
  }

  async count(text: string): Promise<number> {
    const countPiece = await (this.#loading ??= load());
    let tokens = 0;
    let taken = 0;
    for (const piece of piecesOf(text)) {
      tokens += countPiece(piece);
      if (++taken % PIECES_AT_A_TIME === 0) await setImmediate();
    }
    return tokens;
  }
}

async function load(): Promise<Count> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Text like <|endoftext|> is text here, not a command to the encoder.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}
