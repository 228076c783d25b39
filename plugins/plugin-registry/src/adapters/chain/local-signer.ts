import { PrivateFileError, readPrivateFile } from '@371os/kernel';
import { Transaction, Wallet } from 'ethers';
import { InvalidWalletError } from '../../errors.ts';
import type { Signer } from '../../ports/signer.ts';

/** Where a key may come from. */
export interface WalletPlace {
  /** 64 hexadecimal digits. */
  readonly privateKey?: string | undefined;
  /** An encrypted keystore (JSON of ethers and geth). */
  readonly file?: string | undefined;
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/**
 * A signer whose key is in this process's memory; undefined when no place is named.
 * @throws InvalidWalletError, which shows nothing of key or password
 */
export async function localSigner(place: WalletPlace): Promise<Signer | undefined> {
  const wallet = await openWallet(place);
  if (!wallet) return undefined;
  return {
    address: wallet.address,
    signTransaction: async ({ maxFeeWei, tipWei, ...fields }) => {
      const raw = await wallet.signTransaction({
        ...{ ...fields, type: 2, value: 0n },
        ...{ maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei },
      });
      return { raw, hash: Transaction.from(raw).hash ?? '' };
    },
    signTypedData: async ({ domain, types, message }) =>
      wallet.signTypedData(domain, { ...types }, { ...message }),
  };
}

async function openWallet(place: WalletPlace): Promise<Wallet | undefined> {
  const { privateKey, file } = place;
  if (file !== undefined && privateKey !== undefined)
    throw new InvalidWalletError({
      setting: 'AGENT_WALLET_FILE',
      problem: 'AGENT_PRIVATE_KEY is set, too: keep one of both',
    });
  if (file !== undefined) return decrypt(file, passwordOf(place));
  return privateKey === undefined ? undefined : walletOf(privateKey);
}

function walletOf(key: string): Wallet {
  const digits = key.trim().replace(/^0x/i, '');
  if (/^[0-9a-f]{64}$/i.test(digits))
    try {
      return new Wallet(`0x${digits}`);
    } catch {
      // Said below: what the library says would quote the key.
    }
  throw new InvalidWalletError({
    setting: 'AGENT_PRIVATE_KEY',
    problem: 'it is no private key of the curve secp256k1 (64 hexadecimal digits)',
  });
}

async function decrypt(file: string, password: string): Promise<Wallet> {
  const keystore = readSecretFile(file, 'AGENT_WALLET_FILE');
  try {
    const opened = await Wallet.fromEncryptedJson(keystore, password);
    return new Wallet(opened.privateKey);
  } catch {
    throw new InvalidWalletError({
      setting: 'AGENT_WALLET_FILE',
      problem: 'it is no keystore, or the password is not the one that it was made with',
    });
  }
}

function passwordOf({ password, passwordFile }: WalletPlace): string {
  if (password !== undefined) return password;
  if (passwordFile !== undefined)
    return readSecretFile(passwordFile, 'AGENT_WALLET_PASSWORD_FILE').replace(/\r?\n$/, '');
  throw new InvalidWalletError({
    setting: 'AGENT_WALLET_FILE',
    problem: 'neither AGENT_WALLET_PASSWORD nor AGENT_WALLET_PASSWORD_FILE is set',
  });
}

function readSecretFile(file: string, setting: string): string {
  try {
    return readPrivateFile(file);
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new InvalidWalletError({ setting, problem: error.problem });
  }
}
