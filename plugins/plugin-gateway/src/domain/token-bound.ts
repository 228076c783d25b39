// Counting a long text at once takes time in the square of runs of one letter; pieces do not.
const PIECE_CHARACTERS = 512;
// What a chat format adds around the messages.
const FRAME_TOKENS = 16;

/** Cuts a text into pieces of 512 characters. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < text.length; start += PIECE_CHARACTERS)
    pieces.push(text.slice(start, start + PIECE_CHARACTERS));
  return pieces;
}

/**
 * How many tokens a family's own encoding may need for 100 tokens of o200k. Highest ratios seen:
 * 1.52 for Claude, 1.04 for Qwen3 (measured 2026-11).
 */
export function familyPercent(model: string): number {
  if (/claude/i.test(model)) return 160;
  if (/(^|\/)(gpt-|o\d|chatgpt)/i.test(model)) return 105;
  return 130;
}

/** The most tokens that a prompt can have for a model; never more than its bytes of UTF-8. */
export function boundTokens(init: { tokens: number; sizeBytes: number; model: string }): number {
  const scaled = Math.ceil((init.tokens * familyPercent(init.model)) / 100);
  return Math.min(scaled, init.sizeBytes) + FRAME_TOKENS;
}
