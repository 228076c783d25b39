import type { ModeState } from './mode.ts';

/** What a message asks of the mode. */
export interface ModeRequest {
  readonly state: ModeState;
  /** Why, in the person's words. */
  readonly cause?: string | undefined;
}

const LONGEST = 2_000;
/** The longest cause that is kept, in characters. */
export const LONGEST_CAUSE = 300;

const POLITE = String.raw`^(?:(?:hey|hi|hello|rex|cro|please|now|so|and|then|ok|okay|can|could|would|will|you|i|we|want|need|like|let's|to|us)[,:]?\s+)*`;
const MODE = String.raw`(?:the\s+|our\s+)?backup[\s-]*mode`;
const WHY = String.raw`(?:\s+(?:now|again|please))*(?:\s*(?:,|:|;|-|–)?\s*(?:because(?:\s+of)?|since|as|due\s+to|for)\s+(?<cause>.+?))?\s*[.!?]*\s*$`;

const ENTER = [
  String.raw`(?:activate|enable|enter|start|begin|go\s+(?:in)?to|switch\s+(?:in)?to|change\s+to|turn\s+on|switch\s+on|put\s+us\s+in(?:to)?)\s+${MODE}`,
  String.raw`(?:turn|switch|put)\s+${MODE}\s+on`,
  String.raw`${MODE}\s+on`,
];
const LEAVE = [
  String.raw`(?:deactivate|disable|leave|exit|end|stop|quit|get\s+out\s+of|return\s+from|come\s+back\s+from|turn\s+off|switch\s+off|take\s+us\s+out\s+of)\s+${MODE}`,
  String.raw`(?:turn|switch|put)\s+${MODE}\s+off`,
  String.raw`${MODE}\s+off`,
  String.raw`(?:go|switch|return|change)\s+(?:back\s+)?to\s+(?:the\s+)?normal\s+mode`,
];

const PATTERNS: readonly (readonly [ModeState, RegExp])[] = [
  ['backup', patternOf(ENTER)],
  ['normal', patternOf(LEAVE)],
];

/** What a message plainly asks of the mode; undefined when it asks nothing, or only about it. */
export function readModeRequest(text: string): ModeRequest | undefined {
  if (text.length > LONGEST) return undefined;
  const plain = text.replace(/\s+/g, ' ').trim();
  for (const [state, pattern] of PATTERNS) {
    const match = pattern.exec(plain);
    if (match) return { state, cause: causeOf(match.groups?.['cause']) };
  }
  return undefined;
}

/**
 * A cause as it is kept: one line, without control characters and a full stop, not too long. Undefined
 * when nothing is left.
 */
export function causeOf(text: string | undefined): string | undefined {
  const line = text?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line?.slice(0, LONGEST_CAUSE).replace(/[\s.!?,;:]+$/, '') || undefined;
}

function patternOf(ways: readonly string[]): RegExp {
  return new RegExp(`${POLITE}(?:${ways.join('|')})${WHY}`, 'iu');
}
