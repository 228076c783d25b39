import * as dagCbor from '@ipld/dag-cbor';
import * as dagJson from '@ipld/dag-json';
import * as dagPb from '@ipld/dag-pb';
import { Block } from 'multiformats/block';
import type { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { KuboError } from './kubo-error.ts';

/** How values of IPLD's data model are written as bytes, and read. */
export interface Codec {
  readonly name: string;
  readonly code: number;
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

const CODECS: readonly Codec[] = [raw, dagPb, dagCbor, dagJson] as readonly Codec[];
// Names of old that clients fall back on.
const OLD_NAMES: Readonly<Record<string, string>> = { protobuf: 'dag-pb', cbor: 'dag-cbor' };

/** @throws KuboError for one that is not known here */
export function codecNamed(name: string): Codec {
  const wanted = OLD_NAMES[name] ?? name;
  const codec = CODECS.find((candidate) => candidate.name === wanted);
  if (!codec) throw KuboError.badRequest(`unknown codec: ${name}`);
  return codec;
}

/** The value of a block. @throws KuboError when it is not of the codec that its CID names */
export function valueOf(cid: CID, bytes: Uint8Array): unknown {
  const codec = CODECS.find(({ code }) => code === cid.code);
  if (!codec) throw new KuboError({ problem: `unknown codec: 0x${cid.code.toString(16)}` });
  return decode(codec, bytes);
}

/** @throws KuboError when the bytes are not of the codec */
export function decode(codec: Codec, bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw new KuboError({ problem: `could not decode ${codec.name}: ${(error as Error).message}` });
  }
}

/** @throws KuboError when the codec has no form for the value */
export function encode(codec: Codec, value: unknown): Uint8Array {
  try {
    return codec.encode(value);
  } catch (error) {
    throw new KuboError({ problem: `could not encode ${codec.name}: ${(error as Error).message}` });
  }
}

/** The CIDs that a block names. */
export function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  const block = new Block({ cid, bytes, value: valueOf(cid, bytes) });
  return [...block.links()].map(([, link]) => link);
}
