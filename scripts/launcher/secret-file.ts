import { closeSync, existsSync, fchmodSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isOpenToOthers, secureRandom } from '@371os/kernel';
import { SecretFileDamagedError, SecretFileOpenError } from './errors.ts';

const SECRET = /^[\w-]{32,128}$/;
const RANDOM_BYTES = 32;

/**
 * The secret in a file that only its owner can read; it is made at first use.
 * @throws SecretFileOpenError, SecretFileDamagedError
 */
export function secretFrom(path: string): { secret: string; isNew: boolean } {
  if (!existsSync(path)) return { secret: makeSecret(path), isNew: true };
  if (isOpenToOthers(path)) throw new SecretFileOpenError({ path });
  const secret = readFileSync(path, 'utf8').trim();
  if (!SECRET.test(secret)) throw new SecretFileDamagedError({ path });
  return { secret, isNew: false };
}

function makeSecret(path: string): string {
  const secret = secureRandom(RANDOM_BYTES).toString('base64url');
  const file = openSync(path, 'wx', 0o600);
  // The mode given to open is narrowed by the umask but never widened; this states it either way.
  fchmodSync(file, 0o600);
  writeSync(file, `${secret}\n`);
  closeSync(file);
  return secret;
}

/** The owner token of a data directory. @throws SecretFileOpenError, SecretFileDamagedError */
export function readOwnerToken(directory: string): string {
  return secretFrom(join(directory, 'owner-token')).secret;
}
