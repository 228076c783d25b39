import { setImmediate } from 'node:timers/promises';
import { piecesOf } from '../domain/token-bound.ts';
import type { TokenCounter } from '../ports.ts';

const PIECES_AT_A_TIME = 32;
// Two million characters of the instructions, tools and history that come again with each call.
const MOST_REMEMBERED = 4_096;

type Count = (text: string) => number;

/**
 * Counts in o200k pieces. The encoder takes half a second and 65 MB, so it loads when needed. A piece
 * that comes again is not counted again.
 */
export class GptTokenCounter implements TokenCounter {
  readonly #remembered = new Map<string, number>();
  #loading: Promise<Count> | undefined;

  get isLoaded(): boolean {
    return this.#loading !== undefined;
  }

  async count(text: string): Promise<number> {
    const countPiece = await (this.#loading ??= load());
    let tokens = 0;
    let counted = 0;
    for (const piece of piecesOf(text)) {
      const known = this.#remembered.get(piece);
      const count = known ?? countPiece(piece);
      tokens += count;
      if (known !== undefined) continue;
      this.#remember(piece, count);
      if (++counted % PIECES_AT_A_TIME === 0) await setImmediate();
    }
    return tokens;
  }

  // The oldest goes first; should it come again, it is counted again.
  #remember(piece: string, tokens: number): void {
    this.#remembered.set(copyOf(piece), tokens);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined)
      this.#remembered.delete(oldest);
  }
}

// A piece that was cut out of a text keeps the whole text in memory.
function copyOf(piece: string): string {
  return Buffer.from(piece, 'utf16le').toString('utf16le');
}

async function load(): Promise<Count> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Text like <|endoftext|> is text here, not a command to the encoder.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}
