import * as dagPb from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { importer, type BufferImporter, type ImportResult } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import type { Part } from './multipart.ts';

export interface ImportOptions {
  readonly cidVersion: 0 | 1;
  readonly rawLeaves: boolean;
  readonly chunkSizeBytes: number;
  readonly isWrapped: boolean;
}

export interface BlockSink {
  put(cid: CID, bytes: Uint8Array): Promise<CID>;
}

// Chunks that are hashed and written at the same time, and so are in memory together.
const CHUNKS_AT_ONCE = 8;

/** Writes files and directories as Kubo does with the same options, so that the CIDs are the same. */
export function importFiles(
  parts: AsyncIterable<Part>,
  blocks: BlockSink,
  { cidVersion, rawLeaves, chunkSizeBytes, isWrapped }: ImportOptions,
): AsyncGenerator<ImportResult> {
  return importer(candidatesOf(parts), blocks, {
    // What Kubo still does by default: 174 links a node, and directories that shard by their links.
    ...{ profile: 'unixfs-v0-2015', cidVersion, rawLeaves, wrapWithDirectory: isWrapped },
    chunker: fixedSize({ chunkSize: chunkSizeBytes }),
    bufferImporter: leafWriter(cidVersion, rawLeaves),
    // The next part of a body comes when this one is read: reading two at once would wait for ever.
    fileImportConcurrency: 1,
    blockWriteConcurrency: CHUNKS_AT_ONCE,
  });
}

async function* candidatesOf(
  parts: AsyncIterable<Part>,
): AsyncGenerator<{ path: string } | { path?: string; content: AsyncIterable<Uint8Array> }> {
  for await (const { path, content } of parts)
    if (content) yield path === '' ? { content } : { path, content };
    else yield { path };
}

// The importer's own keeps the data of up to 174 leaves, and of all small files, until it is done.
function leafWriter(cidVersion: 0 | 1, rawLeaves: boolean): BufferImporter {
  return async function* ({ content }, blocks) {
    for await (const chunk of content)
      yield async () => {
        const block = rawLeaves ? chunk : fileNode(chunk);
        const hash = await sha256.digest(block);
        const cid = rawLeaves
          ? CID.createV1(raw.code, hash)
          : CID.create(cidVersion, dagPb.code, hash);
        await blocks.put(cid, block);
        const unixfs = new UnixFS({ type: 'file', blockSizes: [BigInt(chunk.length)] });
        return { cid, block, size: BigInt(block.length), ...(rawLeaves ? {} : { unixfs }) };
      };
  };
}

function fileNode(data: Uint8Array): Uint8Array {
  const unixfs = new UnixFS({ type: 'file', data });
  return dagPb.encode({ Data: unixfs.marshal(), Links: [] });
}
