import { randomUUID } from 'node:crypto';
import { processWide } from '@371os/kernel';

/** This process, as agents' records name it. */
export function thisHost(): string {
  return processWide('lifecycle-host', () => randomUUID());
}
