import { writeFileSync } from 'node:fs';
import { fileProblemOf, readPrivateFile } from '@371os/kernel';
import { KeystoreError, KeystorePasswordError } from '../network-errors.ts';
import type { Signer } from '../ports/signer.ts';
import { localSigner, privateKeyOf } from './local-signer.ts';

/** A keystore file and what opens it. */
export interface Keystore {
  readonly path: string;
  readonly password: string;
}

/**
 * Signs with the key in an encrypted keystore: a JSON file of the Web3 Secret Storage, version 3.
 * @throws PrivateFileError, KeystoreError, KeystorePasswordError
 */
export async function keystoreSigner({ path, password }: Keystore): Promise<Signer> {
  const text = readPrivateFile(path);
  // Loaded late, since it is large and few need it.
  const { decryptKeystoreJson, isKeystoreJson } = await import('ethers');
  if (!isKeystoreJson(text)) throw new KeystoreError({ path, problem: 'it is no keystore' });
  const privateKey = await decryptKeystoreJson(text, password).then(
    (account) => account.privateKey,
    // A damaged file and a wrong password look the same.
    () => undefined,
  );
  if (privateKey === undefined) throw new KeystorePasswordError({ path });
  return localSigner(privateKey, 'AKASH_KEYSTORE');
}

/**
 * Writes a new keystore that only its owner can read.
 * @param key 64 hexadecimal digits, or the words of a BIP-39 mnemonic
 * @returns the address of its account: `akash1...`
 * @throws InvalidKeyError, KeystoreError when the file is there already
 */
export async function writeKeystore(key: string, { path, password }: Keystore): Promise<string> {
  const { address } = await localSigner(key, 'key');
  const { computeAddress, encryptKeystoreJson } = await import('ethers');
  const privateKey = `0x${Buffer.from(await privateKeyOf(key, 'key')).toString('hex')}`;
  // The form wants an address of Ethereum, which says nothing about one of Akash.
  const account = { address: computeAddress(privateKey), privateKey };
  const text = await encryptKeystoreJson(account, password);
  try {
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new KeystoreError({ path, problem: fileProblemOf(cause), cause });
  }
  return address;
}
