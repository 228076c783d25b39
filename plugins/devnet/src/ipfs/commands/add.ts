import { PassThrough } from 'node:stream';
import type { ImportResult } from 'ipfs-unixfs-importer';
import { z } from 'zod';
import { flag, isHashKnown, type Call, type Command, type NodeParts } from '../call.ts';
import { importFiles } from '../import-files.ts';
import { KuboError } from '../kubo-error.ts';
import type { Part } from '../multipart.ts';

const MAXIMUM_CHUNK_BYTES = 2 * 1024 * 1024;
const isOff = flag.pipe(z.literal(false)).optional();

// Strict: an option that is passed over may be one that the CID depends on.
const addOptions = z
  .strictObject({
    'cid-version': z.literal(['0', '1']).default('0'),
    'raw-leaves': flag.optional(),
    chunker: z
      .string()
      .regex(/^size-\d{1,8}$/)
      .transform((text) => Number(text.slice('size-'.length)))
      .pipe(z.number().int().min(1).max(MAXIMUM_CHUNK_BYTES))
      .default(256 * 1024),
    hash: isHashKnown,
    pin: flag.default(true),
    'pin-name': z.string().optional(),
    progress: flag.default(false),
    'only-hash': flag.default(false),
    'wrap-with-directory': flag.default(false),
    recursive: flag.optional(),
    ...{ trickle: isOff, nocopy: isOff, fscache: isOff, inline: isOff },
    ...{ 'preserve-mode': isOff, 'preserve-mtime': isOff, 'dereference-args': flag.optional() },
  })
  .transform((options) => ({
    ...options,
    cidVersion: options['cid-version'] === '1' ? (1 as const) : (0 as const),
    rawLeaves: options['raw-leaves'] ?? options['cid-version'] === '1',
  }));

type AddOptions = z.output<typeof addOptions>;

/** Writes files; each is said when it and what pins it are on disk. */
export const add: Command = {
  isUpload: true,
  run: (call, node) => {
    const options = call.options(addOptions);
    return { lines: addedFiles(call, node, options) };
  },
};

async function* addedFiles(
  call: Call,
  { repository, faults }: NodeParts,
  options: AddOptions,
): AsyncGenerator<object> {
  const endTurn = await repository.turns.join();
  const lines = new PassThrough({ objectMode: true });
  const work = async (): Promise<void> => {
    const onRead = options.progress ? (line: object): boolean => lines.write(line) : undefined;
    const parts = watched(call.parts(), options['wrap-with-directory'], onRead);
    const sink = options['only-hash'] ? { put: async (cid: never) => cid } : repository.blocks;
    for await (const result of importFiles(parts, sink, {
      ...{ cidVersion: options.cidVersion, rawLeaves: options.rawLeaves },
      ...{ chunkSizeBytes: options.chunker, isWrapped: options['wrap-with-directory'] },
    })) {
      if (isRoot(result, options) && options.pin && !options['only-hash'])
        await repository.pin(result.cid, pinOf(options));
      const hash = (await faults.nameOf(result.cid)).toString();
      lines.write({ Name: result.path ?? hash, Hash: hash, Size: String(result.size) });
    }
  };
  const done = work()
    .then(
      () => lines.end(),
      (error: unknown) => lines.destroy(error as Error),
    )
    .finally(endTurn);
  yield* lines as AsyncIterable<object>;
  await done;
}

// Refuses a body without files, and tells how far the reading is.
async function* watched(
  parts: AsyncIterable<Part>,
  isWrapped: boolean,
  onRead: ((line: object) => void) | undefined,
): AsyncGenerator<Part> {
  let isEmpty = true;
  for await (const part of parts) {
    isEmpty = false;
    if (isWrapped && part.path === '')
      throw KuboError.badRequest('a file must have a name to be in a directory');
    yield part.content && onRead
      ? { ...part, content: counted(part.path, part.content, onRead) }
      : part;
  }
  if (isEmpty) throw KuboError.badRequest('file argument "path" is required');
}

async function* counted(
  name: string,
  content: AsyncIterable<Uint8Array>,
  onRead: (line: object) => void,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    onRead({ Name: name, Bytes: bytes });
    yield chunk;
  }
}

function isRoot({ path = '' }: ImportResult, options: AddOptions): boolean {
  return options['wrap-with-directory'] ? path === '' : !path.includes('/');
}

function pinOf(options: AddOptions): { type: 'recursive'; name?: string } {
  const name = options['pin-name'];
  return { type: 'recursive', ...(name === undefined ? {} : { name }) };
}
