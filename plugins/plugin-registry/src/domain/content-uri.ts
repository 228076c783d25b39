/** Where a registration file may be; nothing else is read. */
export type ContentUri =
  | { readonly scheme: 'ipfs'; readonly cid: string }
  | { readonly scheme: 'https'; readonly url: string }
  | { readonly scheme: 'data'; readonly bytes: Uint8Array };

/** Most bytes that are read of any content: agent0-sdk reads as many. */
export const MOST_CONTENT_BYTES = 256 * 1024;

const LONGEST_URL = 2_048;
const IPFS = /^ipfs:\/\/(?<cid>Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58,120})\/?$/;
const DATA =
  /^data:(?<type>[a-z]+\/[a-z.+-]+)?(?:;charset=utf-8)?(?<base64>;base64)?,(?<body>.*)$/is;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Reads a URI that a stranger has put on chain.
 * @returns the place, or in words why it is none that is read
 */
export function readContentUri(uri: string): ContentUri | { readonly problem: string } {
  if (uri === '') return { problem: 'it is empty' };
  if (uri.startsWith('ipfs:')) return readIpfs(uri);
  if (uri.startsWith('https:')) return readHttps(uri);
  if (uri.startsWith('data:')) return readData(uri);
  return { problem: 'only ipfs:, https: and data: are read' };
}

function readIpfs(uri: string): ContentUri | { problem: string } {
  const cid = IPFS.exec(uri)?.groups?.['cid'];
  return cid === undefined ? { problem: 'it names no CID' } : { scheme: 'ipfs', cid };
}

function readHttps(uri: string): ContentUri | { problem: string } {
  if (uri.length > LONGEST_URL || !URL.canParse(uri)) return { problem: 'it is no web address' };
  const { username, password, port, href } = new URL(uri);
  if (username !== '' || password !== '') return { problem: 'it holds a user name' };
  if (port !== '') return { problem: 'it names a port' };
  return { scheme: 'https', url: href };
}

function readData(uri: string): ContentUri | { problem: string } {
  // Base 64 makes four characters of three bytes.
  if (uri.length > (MOST_CONTENT_BYTES * 4) / 3 + 128) return { problem: 'it is too long' };
  const { base64, body = '', type } = DATA.exec(uri)?.groups ?? {};
  if (type !== undefined && !/json|text\/plain/i.test(type)) return { problem: 'it holds no JSON' };
  const bytes = base64 === undefined ? percentDecoded(body) : base64Decoded(body);
  if (!bytes || bytes.length === 0) return { problem: 'it cannot be decoded' };
  return bytes.length > MOST_CONTENT_BYTES
    ? { problem: 'it is too long' }
    : { scheme: 'data', bytes };
}

function percentDecoded(body: string): Uint8Array | undefined {
  try {
    return new TextEncoder().encode(decodeURIComponent(body));
  } catch {
    return undefined;
  }
}

function base64Decoded(body: string): Uint8Array | undefined {
  return BASE64.test(body)
    ? Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
    : undefined;
}
