import { DeadEnd } from './dead-end.ts';
import { Disturbances } from './disturbances.ts';
import { processWide } from './process-wide.ts';

const deadEnds = { silent: new DeadEnd('silent'), gone: new DeadEnd('gone') };

/** The addresses, by their origin, that a drill cuts off from this process. */
export function cutOffOrigins(): Disturbances {
  return processWide(
    'cut-off-origins',
    () => new Disturbances({ elapsedMs: () => performance.now(), onOver: () => undefined }),
  );
}

/** Whether a drill cuts an address off now. */
export function isCutOff(address: string): boolean {
  return cutOffOrigins().of(new URL(address).origin) !== undefined;
}

/**
 * Where a request to an address is to be sent: there, or while a drill cuts that off to where nobody
 * answers. So the time-outs and errors of whoever asks are those of an outage, and nothing arrives.
 */
export async function wayTo(address: string): Promise<string> {
  const { origin, pathname, search } = new URL(address);
  const kind = cutOffOrigins().of(origin);
  if (kind === undefined) return address;
  return `${await deadEnds[kind].url()}${pathname}${search}`;
}
