import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import busboy from 'busboy';
import { KuboError } from './kubo-error.ts';

/** A file of a request, whose content must be taken before the next one comes; or a directory. */
export interface Part {
  /** Empty for a file without a name. */
  readonly path: string;
  readonly content?: AsyncIterable<Uint8Array>;
}

/**
 * The parts of a `multipart/form-data` body, as they arrive: no more of it is kept in memory than
 * streams do.
 * @throws KuboError when it is no such body, or breaks off
 */
export async function* partsOf(request: IncomingMessage): AsyncGenerator<Part> {
  // Who left while the request waited for its turn is not heard of again.
  if (request.destroyed) throw brokenOff();
  const form = openForm(request);
  const parts = new PassThrough({ objectMode: true });
  form.on('file', (field, stream: Readable, { filename, mimeType }) => {
    // Whoever reads the stream hears of its error; it must not end the process when nobody does.
    stream.on('error', () => undefined);
    parts.write({ field, stream, filename, mimeType } satisfies FilePart);
  });
  form.on('field', (field, text, { valueTruncated }) => {
    if (valueTruncated) {
      parts.destroy(KuboError.badRequest('a file of this size must have a filename'));
      return;
    }
    const stream = PassThrough.from([Buffer.from(text)]);
    parts.write({ field, stream, filename: '', mimeType: 'text/plain' } satisfies FilePart);
  });
  form.on('error', () => parts.destroy(brokenOff()));
  form.on('finish', () => parts.end());
  const onClose = (): void => {
    if (!request.readableEnded) form.destroy(brokenOff());
  };
  request.on('close', onClose).pipe(form);
  try {
    for await (const part of parts as AsyncIterable<FilePart>) yield toPart(part);
  } finally {
    // What is left of the body is read and forgotten, so that the answer finds its reader.
    request.off('close', onClose).unpipe(form);
    form.destroy();
    request.resume();
  }
}

interface FilePart {
  readonly field: string;
  readonly stream: Readable;
  readonly filename: string | undefined;
  readonly mimeType: string;
}

function openForm(request: IncomingMessage): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, preservePath: true });
  } catch {
    throw KuboError.badRequest('the request must have a body of multipart/form-data');
  }
}

function toPart({ field, stream, filename, mimeType }: FilePart): Part {
  if (mimeType === 'application/symlink')
    throw KuboError.badRequest('symbolic links cannot be added here');
  if (/\?(.*&)?(mode|mtime)/.test(field))
    throw KuboError.badRequest('mode and mtime of files cannot be kept here');
  const path = pathFrom(filename ?? '');
  if (mimeType !== 'application/x-directory') return { path, content: contentOf(stream) };
  stream.resume();
  return { path };
}

async function* contentOf(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch {
    throw brokenOff();
  }
}

function brokenOff(): KuboError {
  return KuboError.badRequest('the upload broke off');
}

function pathFrom(filename: string): string {
  const segments = decodeName(filename)
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw KuboError.badRequest('a path must not contain ".."');
  return segments.join('/');
}

function decodeName(filename: string): string {
  try {
    return decodeURIComponent(filename);
  } catch {
    throw KuboError.badRequest(`the file name "${filename}" is not encoded as it should be`);
  }
}
