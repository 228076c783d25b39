import { createHash } from 'node:crypto';
import { makeCosmoshubPath } from '@cosmjs/amino';
import { Bip39, EnglishMnemonic, Slip10, Slip10Curve } from '@cosmjs/crypto';
import { DirectSecp256k1Wallet } from '@cosmjs/proto-signing';
import { ADDRESS_PREFIX } from './chain/bank.ts';

/** A key pair of the chain. */
export interface ChainKey {
  readonly address: string;
  /** 32 bytes in hexadecimal. */
  readonly privateKey: string;
}

/** A key that wallets can take over, too. */
export interface WalletKey extends ChainKey {
  /** 24 words; the key is the first of the usual path for Cosmos chains. */
  readonly mnemonic: string;
}

/** A key that follows from a secret of this devnet and a name, so that it needs no file. */
export async function deriveKey(secret: string, name: string): Promise<ChainKey> {
  return keyOf(seedOf(secret, name));
}

export async function deriveWalletKey(secret: string, name: string): Promise<WalletKey> {
  const mnemonic = Bip39.encode(seedOf(secret, name)).toString();
  const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(mnemonic));
  const { privkey } = Slip10.derivePath(Slip10Curve.Secp256k1, seed, makeCosmoshubPath(0));
  return { ...(await keyOf(privkey)), mnemonic };
}

function seedOf(secret: string, name: string): Uint8Array {
  return createHash('sha256').update(`${secret}/${name}`).digest();
}

async function keyOf(privateKey: Uint8Array): Promise<ChainKey> {
  const wallet = await DirectSecp256k1Wallet.fromKey(privateKey, ADDRESS_PREFIX);
  const [account] = await wallet.getAccounts();
  return {
    address: account?.address ?? '',
    privateKey: Buffer.from(privateKey).toString('hex'),
  };
}
