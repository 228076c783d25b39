import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';

/** A new key of a node, in base64. Whoever has it can pass for the node. */
export async function newNodeKey(): Promise<string> {
  const key = await generateKeyPair('Ed25519');
  return Buffer.from(privateKeyToProtobuf(key)).toString('base64');
}

export function readNodeKey(base64: string): PrivateKey {
  return privateKeyFromProtobuf(Buffer.from(base64, 'base64'));
}

/** The id of the node that has a key. */
export function nodeIdOf(base64: string): string {
  return readNodeKey(base64).publicKey.toString();
}
