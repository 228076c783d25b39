import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FaultyIpfs } from './faults.ts';
import { KuboError } from './kubo-error.ts';
import { partsOf, type Part } from './multipart.ts';
import type { Repository } from './repository.ts';

/** What a command may use. */
export interface NodeParts {
  readonly repository: Repository;
  readonly faults: FaultyIpfs;
  readonly peerId: string;
  /** Of the identity, as protobuf in base64. */
  readonly publicKey: string;
}

/** One JSON object, one on each line, or the bytes of content. */
export type Reply =
  | { readonly json: object }
  | { readonly lines: AsyncIterable<object> }
  | { readonly bytes: AsyncIterable<Uint8Array> };

/** A command of the RPC: what its query means is checked when it asks for it. */
export interface Command {
  /** Whether it takes a body, of which not many are read at a time. */
  readonly isUpload?: boolean;
  run(call: Call, node: NodeParts): Promise<Reply> | Reply;
}

/** `true`, `false`, or nothing. */
export const flag = z.stringbool({ truthy: ['true', '1', ''], falsy: ['false', '0'] });
export const wholeNumber = z.coerce.number().int().min(0);
export const isHashKnown = z.literal('sha2-256').optional();

// Options that every command of Kubo's takes, and that change nothing here.
const GLOBAL_OPTIONS = new Set([
  ...['arg', 'timeout', 'encoding', 'stream-channels', 'offline', 'api', 'cid-base'],
  ...['quiet', 'quieter', 'silent', 'upgrade-cidv0-in-output'],
]);

/** A request of a client. */
export class Call {
  readonly args: readonly string[];
  readonly #request: IncomingMessage;
  readonly #options: Readonly<Record<string, string>>;

  constructor(request: IncomingMessage, query: URLSearchParams) {
    this.#request = request;
    this.args = query.getAll('arg');
    this.#options = Object.fromEntries([...query].filter(([name]) => !GLOBAL_OPTIONS.has(name)));
  }

  /** The first argument. @throws KuboError when there is none */
  get arg(): string {
    const [first] = this.args;
    if (first === undefined) throw KuboError.badRequest('argument "ipfs-path" is required');
    return first;
  }

  /** What the query says, by a schema. @throws KuboError */
  options<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    const result = schema.safeParse(this.#options);
    if (result.success) return result.data;
    throw KuboError.badRequest(`invalid options: ${z.prettifyError(result.error)}`);
  }

  /** The files of the body. @throws KuboError */
  parts(): AsyncGenerator<Part> {
    return partsOf(this.#request);
  }

  /** The bytes of the one file that the body holds. @throws KuboError */
  async onlyPart(limitBytes: number): Promise<Uint8Array> {
    for await (const { content } of this.parts())
      if (content) return await readAll(content, limitBytes);
    throw KuboError.badRequest('file argument "data" is required');
  }
}

async function readAll(
  content: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes)
      throw new KuboError({
        problem: `produced block is over ${String(limitBytes)} bytes: big blocks can't be exchanged with other peers`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
