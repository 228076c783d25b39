import { createHash } from 'node:crypto';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { create } from 'multiformats/hashes/digest';

// https://github.com/multiformats/multicodec/blob/master/table.csv
const SHA2_256 = 0x12;

/** The CID of a block of text: version 1, raw bytes, SHA-256. */
export function cidOf(block: string): string {
  const digest = createHash('sha256').update(block, 'utf8').digest();
  return CID.createV1(raw.code, create(SHA2_256, digest)).toString();
}
