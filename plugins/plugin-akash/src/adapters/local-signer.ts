import { pathToString, Slip10, Slip10Curve, stringToPath } from '@cosmjs/crypto';
import { Bip39, EnglishMnemonic, Secp256k1 } from '@cosmjs/crypto';
import { rawSecp256k1PubkeyToRawAddress } from '@cosmjs/amino';
import { toBech32 } from '@cosmjs/encoding';
import { InvalidKeyError } from '../network-errors.ts';
import type { Signer } from '../ports/signer.ts';

const PREFIX = 'akash';
// The path that Cosmos wallets derive their first account by.
const PATH = stringToPath("m/44'/118'/0'/0/0");

/**
 * A signer whose key is in this process's memory.
 * @param key 64 hexadecimal digits, or the words of a BIP-39 mnemonic
 * @throws InvalidKeyError, which names `setting` and shows nothing of the key
 */
export async function localSigner(key: string, setting: string): Promise<Signer> {
  const privateKey = await privateKeyOf(key, setting);
  const pair = await keypairOf(privateKey, setting);
  const publicKey = Secp256k1.compressPubkey(pair.pubkey);
  return {
    address: toBech32(PREFIX, rawSecp256k1PubkeyToRawAddress(publicKey)),
    publicKey,
    sign: async (digest) => {
      const signature = await Secp256k1.createSignature(digest, privateKey);
      return new Uint8Array([...signature.r(32), ...signature.s(32)]);
    },
  };
}

/** The 32 bytes of a key as {@link localSigner} takes it. @throws InvalidKeyError */
export async function privateKeyOf(given: string, setting: string): Promise<Uint8Array> {
  const key = given.trim();
  if (/^(0x)?[0-9a-f]{64}$/i.test(key)) return Buffer.from(key.replace(/^0x/i, ''), 'hex');
  try {
    const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(key));
    return Slip10.derivePath(Slip10Curve.Secp256k1, seed, PATH).privkey;
  } catch {
    // What the library says would quote the words.
    throw new InvalidKeyError({
      setting,
      problem: `64 hexadecimal digits or 12 to 24 words are wanted, for the path ${pathToString(PATH)}`,
    });
  }
}

async function keypairOf(
  privateKey: Uint8Array,
  setting: string,
): Promise<{ readonly pubkey: Uint8Array }> {
  try {
    return await Secp256k1.makeKeypair(privateKey);
  } catch {
    throw new InvalidKeyError({ setting, problem: 'it is no private key of the curve secp256k1' });
  }
}
