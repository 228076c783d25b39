import { createHash } from 'node:crypto';
import { DirectSecp256k1Wallet } from '@cosmjs/proto-signing';
import { ADDRESS_PREFIX } from './chain/bank.ts';

/** A key pair of the chain. */
export interface ChainKey {
  readonly address: string;
  /** 32 bytes in hexadecimal. */
  readonly privateKey: string;
}

/** A key that follows from a secret of this devnet and a name, so that it needs no file. */
export async function deriveKey(secret: string, name: string): Promise<ChainKey> {
  const privateKey = createHash('sha256').update(`${secret}/${name}`).digest();
  const wallet = await DirectSecp256k1Wallet.fromKey(privateKey, ADDRESS_PREFIX);
  const [account] = await wallet.getAccounts();
  return { address: account?.address ?? '', privateKey: privateKey.toString('hex') };
}
