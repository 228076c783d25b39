import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { z } from 'zod';
import { flag, isHashKnown, type Command, type NodeParts } from '../call.ts';
import { codecNamed } from '../codecs.ts';
import { KuboError } from '../kubo-error.ts';
import { parseCid, resolvePath } from '../paths.ts';

/** Of a block that others would still take. */
export const MAXIMUM_BLOCK_BYTES = 2 * 1024 * 1024;

const putOptions = z.strictObject({
  /** The old name of cid-codec, with `v0` for a CID of version 0. */
  format: z.string().optional(),
  'cid-codec': z.string().optional(),
  mhtype: isHashKnown,
  mhlen: z.literal(['-1', '32']).optional(),
  version: z.literal(['0', '1']).optional(),
  pin: flag.default(false),
  'allow-big-block': flag.pipe(z.literal(false)).optional(),
});

export const blockPut: Command = {
  isUpload: true,
  run: async (call, node) => {
    const options = call.options(putOptions);
    const isVersion0 = options.format === 'v0' || options.version === '0';
    const name = options.format === 'v0' ? dagPb.name : (options['cid-codec'] ?? options.format);
    const codec = codecNamed(name ?? 'raw');
    if (isVersion0 && codec.code !== dagPb.code)
      throw KuboError.badRequest('only dag-pb is allowed with CID version 0');
    const bytes = await call.onlyPart(MAXIMUM_BLOCK_BYTES);
    const cid = CID.create(isVersion0 ? 0 : 1, codec.code, await sha256.digest(bytes));
    await store(node, { cid, bytes, isPinned: options.pin });
    return { json: { Key: cid.toString(), Size: bytes.length } };
  },
};

export const blockGet: Command = {
  run: async (call, { repository: { blocks }, faults }) => {
    const { cid } = await resolvePath(blocks, call.arg);
    await blocks.read(cid);
    return { bytes: faults.spoil(blocks.get(cid)) };
  },
};

export const blockStat: Command = {
  run: async (call, { repository: { blocks } }) => {
    const { cid } = await resolvePath(blocks, call.arg);
    return { json: { Key: cid.toString(), Size: blocks.sizeOf(cid) } };
  },
};

/** Says for each block whether it is gone, or why not. */
export const blockRm: Command = {
  run: (call, node) => {
    const { force } = call.options(z.object({ force: flag.default(false) }));
    const cids = [call.arg, ...call.args.slice(1)].map((text) => parseCid(text));
    return { lines: removals(node, cids, force) };
  },
};

/** Writes a block and, when it is wanted, pins it with what it links to. */
export async function store(
  { repository }: NodeParts,
  { cid, bytes, isPinned }: { cid: CID; bytes: Uint8Array; isPinned: boolean },
): Promise<void> {
  const endTurn = await repository.turns.join();
  try {
    await repository.blocks.put(cid, bytes);
    if (isPinned) await repository.pin(cid, { type: 'recursive' });
  } finally {
    endTurn();
  }
}

async function* removals(
  { repository }: NodeParts,
  cids: readonly CID[],
  isForced: boolean,
): AsyncGenerator<object> {
  for (const cid of cids) {
    const problem = await repository.turns.alone(async () => {
      const pin = repository.pinOf(cid)?.type ?? (await repository.pinnedThrough(cid));
      if (pin !== undefined) return `pinned: ${String(pin)}`;
      if (!repository.blocks.has(cid)) return isForced ? '' : 'blockstore: block not found';
      await repository.blocks.delete(cid);
      return '';
    });
    yield { Hash: cid.toString(), ...(problem === '' ? {} : { Error: problem }) };
  }
}
