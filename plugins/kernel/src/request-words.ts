/** How people begin a request, before its verb; the source of a regular expression, for flag `i`. */
export const POLITE_BEGINNING = String.raw`^(?:(?:hey|hi|hello|please|now|so|and|then|also|can|could|would|will|you|i|i'd|we|want|need|like|let's|to|us)[,:]?\s+)*`;

/** `a, b and c` as its parts. */
export function splitList(text: string): string[] {
  return text
    .split(/\s*(?:,|;|\n|&|\band\b)\s*/i)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
