// More than any provider adds to a prompt or an answer of its own accord.
const TOLERANCE_TOKENS = 1_000;

/**
 * A provider's token count when it can be true, else undefined: negative, fractional, zero for a
 * text that is not empty, or more tokens than bytes.
 */
export function plausibleTokens(
  reported: number | undefined,
  text: { readonly sizeBytes: number; readonly limitTokens?: number },
): number | undefined {
  if (reported === undefined || !Number.isSafeInteger(reported) || reported < 0) return undefined;
  if (reported === 0 && text.sizeBytes > 0) return undefined;
  const most = Math.max(text.sizeBytes, text.limitTokens ?? 0) + TOLERANCE_TOKENS;
  return reported > most ? undefined : reported;
}
