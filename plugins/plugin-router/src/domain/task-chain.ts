import type { BaseError } from '@371os/kernel';
import { GivenBackError, TooManyHopsError } from '../errors.ts';

/** Somebody who is asked by somebody who was asked by somebody: further it only goes in circles. */
export const MOST_HOPS = 3;

/**
 * Why a task is not done by its agent, if so: it has been handed on too often, or its agent has had
 * it already, whatever words it comes back in.
 * @param ancestors the agents of the tasks that it comes from
 * @param hops how often it has been handed on, this time included
 */
export function refusalOf(
  agent: string,
  ancestors: readonly string[],
  hops: number,
): BaseError | undefined {
  if (ancestors.includes(agent)) return new GivenBackError({ agents: [agent] });
  return hops > MOST_HOPS ? new TooManyHopsError({ hops: hops - 1 }) : undefined;
}
