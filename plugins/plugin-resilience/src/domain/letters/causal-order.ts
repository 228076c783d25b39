/**
 * How many letters each node is known to have sent to each other one: sender, receiver, number.
 * Every letter carries what its sender knew of that before it was written.
 */
export type SentLetters = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A letter that has to come first. */
export interface MissingLetter {
  readonly sender: string;
  readonly number: number;
}

/**
 * The letters to this node that were sent before another one, and have not been applied: it has to
 * wait for them, or effects would come before their causes (Raynal, Schiper and Toueg, 1991).
 */
export function missingBefore(
  known: SentLetters,
  self: string,
  applied: Readonly<Record<string, number>>,
): MissingLetter[] {
  return Object.entries(known)
    .map(([sender, receivers]) => ({ sender, number: receivers[self] ?? 0 }))
    .filter(({ sender, number }) => number > (applied[sender] ?? 0));
}

/** What two know together. */
export function mergeSent(left: SentLetters, right: SentLetters): SentLetters {
  const merged: Record<string, Record<string, number>> = {};
  for (const known of [left, right])
    for (const [sender, receivers] of Object.entries(known))
      for (const [receiver, number] of Object.entries(receivers)) {
        const row = (merged[sender] ??= {});
        row[receiver] = Math.max(row[receiver] ?? 0, number);
      }
  return merged;
}
