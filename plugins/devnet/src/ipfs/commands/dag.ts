import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { z } from 'zod';
import { flag, isHashKnown, type Command } from '../call.ts';
import { codecNamed, decode, encode, valueOf } from '../codecs.ts';
import { KuboError } from '../kubo-error.ts';
import { resolvePath } from '../paths.ts';
import { MAXIMUM_BLOCK_BYTES, store } from './block.ts';

const putOptions = z.strictObject({
  'store-codec': z.string().default('dag-cbor'),
  'input-codec': z.string().default('dag-json'),
  hash: isHashKnown,
  pin: flag.default(false),
  'allow-big-block': flag.pipe(z.literal(false)).optional(),
});

export const dagPut: Command = {
  isUpload: true,
  run: async (call, node) => {
    const options = call.options(putOptions);
    const [input, output] = [
      codecNamed(options['input-codec']),
      codecNamed(options['store-codec']),
    ];
    const value = decode(input, await call.onlyPart(MAXIMUM_BLOCK_BYTES));
    const bytes = encode(output, value);
    const cid = CID.createV1(output.code, await sha256.digest(bytes));
    await store(node, { cid, bytes, isPinned: options.pin });
    return { json: { Cid: { '/': cid.toString() } } };
  },
};

/** A value, in the form of another codec: as dag-json unless it is asked for otherwise. */
export const dagGet: Command = {
  run: async (call, { repository: { blocks } }) => {
    const options = call.options(z.object({ 'output-codec': z.string().default('dag-json') }));
    const codec = codecNamed(options['output-codec']);
    const { cid, rest } = await resolvePath(blocks, call.arg);
    const value = rest.reduce(memberOf, valueOf(cid, await blocks.read(cid)));
    const bytes = encode(codec, value);
    return {
      bytes: (async function* () {
        yield bytes;
      })(),
    };
  },
};

export const dagResolve: Command = {
  run: async (call, { repository: { blocks } }) => {
    const { cid, rest } = await resolvePath(blocks, call.arg);
    return { json: { Cid: { '/': cid.toString() }, RemPath: rest.join('/') } };
  },
};

function memberOf(value: unknown, name: string): unknown {
  const member = (value as Record<string, unknown>)[name];
  if (member === undefined) throw new KuboError({ problem: `no link named "${name}"` });
  return member;
}
