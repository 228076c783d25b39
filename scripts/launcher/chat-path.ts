import type { IncomingMessage } from 'node:http';
import { answerBodyError } from './body-error.ts';
import type { Shortcut } from './shortcuts.ts';

const PATH = '/v1/chat/completions';
const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

/** Chat completions; whatever is not plain (a query, a packed body) goes the long way. */
export const chatShortcut: Shortcut = {
  takes: ({ method, url, headers }) =>
    url === PATH &&
    method === 'POST' &&
    headers['content-encoding'] === undefined &&
    /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(headers['content-type'] ?? ''),
  route: '/gateway/v1/chat/completions',
  read: async (request, response) => {
    const sent = await readBody(request);
    if ('body' in sent) return sent;
    answerBodyError(Object.assign(new Error(), sent), request, response, () => response.destroy());
    return undefined;
  },
};

/** The JSON that was sent, or the status that says why there is none. */
async function readBody(request: IncomingMessage): Promise<{ body: unknown } | { status: number }> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      sizeBytes += piece.length;
      if (sizeBytes <= LARGEST_BODY_BYTES) pieces.push(piece);
    }
    if (sizeBytes > LARGEST_BODY_BYTES) return { status: 413 };
    return { body: JSON.parse(Buffer.concat(pieces).toString()) };
  } catch {
    return { status: 400 };
  }
}
