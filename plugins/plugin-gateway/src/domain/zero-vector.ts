/** Numbers in an embedding; ElizaOS has a database column of this size. */
export const EMBEDDING_DIMENSIONS = 512;

/** What stands for the embedding of nothing. */
export function zeroVector(): number[] {
  return new Array<number>(EMBEDDING_DIMENSIONS).fill(0);
}
