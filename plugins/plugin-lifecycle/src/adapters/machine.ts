import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * What two processes have in common that run on one machine under one host name. Containers of one
 * machine have it in common when they are given one host name. Where the system does not number its
 * starts the host name alone is taken.
 */
export function machineIdentity(): string {
  return `${hostname()} ${bootId()}`.trim();
}

function bootId(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    return '';
  }
}
