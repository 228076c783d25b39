import type { Tokens } from '../../domain/context/compose-context.ts';

// Text like <|endoftext|> is text here, not a command to the encoder.
const OPTIONS = { disallowedSpecial: new Set<string>() };

/** Counts in o200k pieces. The encoder takes half a second to load, so it is loaded when needed. */
export async function loadGptTokens(): Promise<Tokens> {
  const { countTokens, decode, encode } = await import('gpt-tokenizer/encoding/o200k_base');
  return {
    count: (text) => countTokens(text, OPTIONS),
    cut: (text, most) =>
      decode(encode(text, OPTIONS).slice(0, Math.max(0, most))).replace(/\uFFFD+$/, ''),
  };
}
