import { readPrivateFile } from '@371os/kernel';
import type { Signer } from '../ports/signer.ts';
import type { AkashSettings } from '../settings.ts';
import { keystoreSigner } from './keystore-file.ts';
import { localSigner } from './local-signer.ts';

type KeySettings = Pick<
  AkashSettings,
  'AKASH_KEY' | 'AKASH_KEYSTORE' | 'AKASH_KEYSTORE_PASSWORD' | 'AKASH_KEYSTORE_PASSWORD_FILE'
>;

/** Whether a key is set, be it one that can be used or not. */
export function hasKey({ AKASH_KEY, AKASH_KEYSTORE }: KeySettings): boolean {
  return AKASH_KEY !== undefined || AKASH_KEYSTORE !== undefined;
}

/**
 * Signs with the key that is set; undefined when none is.
 * @throws InvalidKeyError, PrivateFileError, KeystoreError, KeystorePasswordError
 */
export async function configuredSigner(settings: KeySettings): Promise<Signer | undefined> {
  const { AKASH_KEY, AKASH_KEYSTORE: path } = settings;
  if (path !== undefined)
    return keystoreSigner({ path, password: keystorePassword(settings) ?? '' });
  return AKASH_KEY === undefined ? undefined : localSigner(AKASH_KEY, 'AKASH_KEY');
}

/** The password that is set, or in the file that is. @throws PrivateFileError */
export function keystorePassword(settings: KeySettings): string | undefined {
  const { AKASH_KEYSTORE_PASSWORD: password, AKASH_KEYSTORE_PASSWORD_FILE: file } = settings;
  return password ?? (file === undefined ? undefined : readPrivateFile(file).trim());
}
