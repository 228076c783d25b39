import { randomBytes, randomUUID } from 'node:crypto';

/** Milliseconds since 1970-01-01 UTC. */
export type Clock = () => number;
/** A new unique id at each call. */
export type IdSource = () => string;
/** `size` random bytes. */
export type RandomSource = (size: number) => Buffer;

export const systemClock: Clock = () => Date.now();
export const uuidSource: IdSource = () => randomUUID();
export const secureRandom: RandomSource = (size) => randomBytes(size);
