import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { NoServerError, NoTokenError } from './errors.ts';

export interface ServerOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly dataDir: string;
}

const published = z.object({ url: z.url(), pid: z.number().int() });

/**
 * The address and token of the server that the options name, or of the one that runs on the data
 * directory. @throws NoServerError, NoTokenError
 */
export function findServer({ url, token, dataDir }: ServerOptions): { url: string; token: string } {
  const directory = resolve(dataDir);
  return {
    url: url ?? publishedUrl(directory) ?? noServer(directory),
    token: token ?? readToken(join(directory, 'owner-token')),
  };
}

/** Where the server of a data directory says that it runs; it may have died since. */
export function publishedUrl(directory: string): string | undefined {
  try {
    return published.parse(JSON.parse(readFileSync(join(directory, 'server.json'), 'utf8'))).url;
  } catch {
    return undefined;
  }
}

function noServer(directory: string): never {
  throw new NoServerError({ directory });
}

function readToken(path: string): string {
  const problem = problemOfSecret(path);
  if (problem) throw new NoTokenError({ path, problem });
  return readFileSync(path, 'utf8').trim();
}

/** What is wrong with a file that only its owner should read, if anything. */
export function problemOfSecret(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return 'there is no such file';
  const isOpen = process.platform !== 'win32' && (status.mode & 0o077) !== 0;
  return isOpen ? `others can read it: chmod 600 ${path}` : undefined;
}
