import * as dagPb from '@ipld/dag-pb';
import type { UnixFSEntry } from 'ipfs-unixfs-exporter';
import { z } from 'zod';
import { flag, wholeNumber, type Command, type NodeParts } from '../call.ts';
import type { Blocks } from '../blocks.ts';
import { asFile, contentOf, entryAt, entryOf, resolvePath } from '../paths.ts';
import { KuboError } from '../kubo-error.ts';

const DIRECTORY = 1;
const FILE = 2;

const range = z.object({ offset: wholeNumber.default(0), length: wholeNumber.optional() });

/** The content of files, one after the other. */
export const cat: Command = {
  run: async (call, { repository: { blocks }, faults }) => {
    const { offset, length = Infinity } = call.options(range);
    const paths = [call.arg, ...call.args.slice(1)];
    const files = await Promise.all(paths.map(async (path) => asFile(await entryAt(blocks, path))));
    async function* content(): AsyncGenerator<Uint8Array> {
      let [skipped, left] = [offset, length];
      for (const file of files) {
        const size = Number(file.size);
        const end = Math.min(size, skipped + left);
        yield* contentOf(file, skipped, end);
        left -= Math.max(0, end - skipped);
        skipped = Math.max(0, skipped - size);
      }
    }
    return { bytes: faults.spoil(content()) };
  },
};

/** The entries of a directory; a file has none. */
export const ls: Command = {
  run: async (call, { repository: { blocks } }) => {
    const { stream } = call.options(z.object({ stream: flag.default(false) }));
    const objects = await Promise.all(
      [call.arg, ...call.args.slice(1)].map(async (path) => ({
        hash: path,
        links: linksOf(blocks, await entryAt(blocks, path)),
      })),
    );
    async function* lines(): AsyncGenerator<object> {
      for (const { hash, links } of objects) {
        let isEmpty = true;
        for await (const link of links) {
          isEmpty = false;
          yield { Objects: [{ Hash: hash, Links: [link] }] };
        }
        if (isEmpty) yield { Objects: [{ Hash: hash, Links: [] }] };
      }
    }
    if (stream) return { lines: lines() };
    return {
      json: {
        Objects: await Promise.all(
          objects.map(async ({ hash, links }) => ({
            Hash: hash,
            Links: await Array.fromAsync(links),
          })),
        ),
      },
    };
  },
};

/** Where a path leads: `/ipfs/CID`, and the way that is left in its value. */
export const resolve: Command = {
  run: async (call, { repository: { blocks } }) => {
    const { cid, rest } = await resolvePath(blocks, call.arg);
    return { json: { Path: ['/ipfs', cid.toString(), ...rest].join('/') } };
  },
};

/** Of a path that begins with /ipfs/: there is no other file system here. */
export const filesStat: Command = {
  run: async (call, node) => {
    if (!call.arg.startsWith('/ipfs/'))
      throw new KuboError({ problem: 'file does not exist: only paths of /ipfs/ do here' });
    return { json: await statOf(node, call.arg) };
  },
};

async function statOf({ repository: { blocks } }: NodeParts, path: string): Promise<object> {
  const entry = await entryAt(blocks, path);
  const block = await blocks.read(entry.cid);
  const links = entry.cid.code === dagPb.code ? dagPb.decode(block).Links : [];
  return {
    Hash: entry.cid.toString(),
    Size: entry.type === 'directory' ? 0 : Number(entry.size),
    CumulativeSize: links.reduce((sum, { Tsize = 0 }) => sum + Tsize, block.length),
    Blocks: links.length,
    Type: entry.type === 'directory' ? 'directory' : 'file',
    WithLocality: false,
  };
}

async function* linksOf(blocks: Blocks, directory: UnixFSEntry): AsyncGenerator<object> {
  if (directory.type !== 'directory') return;
  for await (const { name, cid } of directory.entries()) {
    const entry = await entryOf(blocks, cid);
    const isDirectory = entry.type === 'directory';
    yield {
      ...{ Name: name, Hash: cid.toString(), Target: '' },
      Size: isDirectory ? 0 : Number(entry.size),
      Type: isDirectory ? DIRECTORY : FILE,
    };
  }
}
