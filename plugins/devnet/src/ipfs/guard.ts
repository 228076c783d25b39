import type { IncomingMessage } from 'node:http';

const OWN_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Whether a request may come from somebody else's page in a browser of this machine: one that names
 * this server by a name of its own (DNS rebinding), or that says where it comes from.
 */
export function isForeign({ headers }: IncomingMessage): boolean {
  const { host = '', origin, referer } = headers;
  if (!OWN_NAMES.has(host.replace(/:\d+$/, ''))) return true;
  return [origin, referer].some((from) => from !== undefined && hostOf(from) !== host);
}

function hostOf(url: string): string | undefined {
  return URL.parse(url)?.host;
}
