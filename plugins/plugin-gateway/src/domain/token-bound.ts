// Counting a long text at once takes time in the square of runs of one letter; pieces do not.
const PIECE_CHARACTERS = 512;
// What a chat format adds around the whole, and around each further message and tool.
const FRAME_TOKENS = 16;
const PART_TOKENS = 16;

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

/** How much a prompt has of what is charged as input. */
export interface PromptSize {
  /** Tokens of all text in o200k. */
  readonly tokens: number;
  /** Bytes of all text in UTF-8. */
  readonly sizeBytes: number;
  /** Messages and tools. */
  readonly parts: number;
  readonly images: number;
}

/**
 * The most tokens that a prompt can have for a model. Its text never has more than its bytes of
 * UTF-8; an image is taken at the most that the provider makes of one.
 * @param learnedPercent what calls have shown; it counts when it is more than the family's
 */
export function boundTokens(size: PromptSize, model: string, learnedPercent = 0): number {
  const percent = Math.max(familyPercent(model), learnedPercent);
  const scaled = Math.ceil((size.tokens * percent) / 100);
  const frames = FRAME_TOKENS + Math.max(0, size.parts - 2) * PART_TOKENS;
  return Math.min(scaled, size.sizeBytes) + frames + size.images * imageTokens(model);
}

/** The tokens of a text that a model wrote, when nobody counted them but we. */
export function estimateWritten(init: {
  readonly tokens: number;
  readonly sizeBytes: number;
  readonly model: string;
  readonly maxTokens: number;
}): number {
  const scaled = Math.ceil((init.tokens * familyPercent(init.model)) / 100);
  return Math.min(scaled, init.sizeBytes, init.maxTokens);
}

// 6 tiles of 5,667 and a base of 2,833 for gpt-4o-mini; 16,384 for Qwen-VL; others need less.
function imageTokens(model: string): number {
  return /gpt-4o-mini/i.test(model) ? 36_835 : 16_384;
}
