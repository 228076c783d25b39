const LONGEST = 4_000;

/** A message on one line, or undefined when it is too long to be a plain request. */
export function plainRequest(text: string): string | undefined {
  return text.length > LONGEST
    ? undefined
    : text
        .trim()
        .replaceAll('’', "'")
        .replace(/[^\S\n]+/g, ' ');
}

/** A request without its politeness and its full stop, on one line. */
export function bareRequest(text: string): string {
  return (plainRequest(text) ?? '')
    .replace(/\s+/g, ' ')
    .replace(/[\s.!?]+$/, '')
    .replace(
      /^(?:(?:hey|hi|hello|so|and|please|now)[,:]? |(?:can|could|would) you (?:please )?)+/i,
      '',
    )
    .replace(/,? (?:please|thanks)$/i, '');
}
