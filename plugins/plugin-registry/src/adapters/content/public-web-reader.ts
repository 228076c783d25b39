import { lookup } from 'node:dns/promises';
import { get, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { BaseError, withinTime } from '@371os/kernel';
import {
  ContentTooLargeError,
  ContentUnreachableError,
  ForbiddenAddressError,
  InvalidContentError,
} from '../../content-errors.ts';
import { readContentUri } from '../../domain/content-uri.ts';
import type { ReadLimits, WebReader } from '../../ports/content-store.ts';
import { isPublicAddress } from './public-address.ts';
import { readBounded } from './read-bounded.ts';

/** What a test replaces: the ways to addresses. */
export interface PublicWebReaderInit {
  readonly isAllowed?: (address: string) => boolean;
  /** Addresses of a host. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly options?: Pick<RequestOptions, 'ca' | 'port'>;
}

const MOST_REDIRECTS = 3;

/**
 * Reads https addresses of the public internet. A name may change between a look and the next one,
 * so the address that was checked is the one that is asked; each redirect is checked anew.
 */
export class PublicWebReader implements WebReader {
  readonly #isAllowed: (address: string) => boolean;
  readonly #resolve: (host: string) => Promise<readonly string[]>;
  readonly #options: Pick<RequestOptions, 'ca' | 'port'>;

  constructor({ isAllowed, resolve, options }: PublicWebReaderInit = {}) {
    this.#isAllowed = isAllowed ?? isPublicAddress;
    this.#resolve = resolve ?? addressesOf;
    this.#options = options ?? {};
  }

  async read(url: string, { maxBytes, timeoutMs }: ReadLimits): Promise<Uint8Array> {
    const signal = AbortSignal.timeout(timeoutMs);
    const late = (): Error => new ContentUnreachableError({ place: url });
    try {
      const bytes = await withinTime(this.#follow(url, maxBytes, signal), timeoutMs, late);
      if (bytes) return bytes;
    } catch (error) {
      if (BaseError.isInstance(error)) throw error;
      throw new ContentUnreachableError({ place: url, cause: error });
    }
    throw new ContentTooLargeError({ place: url, maxBytes });
  }

  async #follow(
    begin: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    let url = new URL(begin);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const response = await this.#get(url, signal);
      const { statusCode = 500, headers } = response;
      if (statusCode === 200) return readBounded(response, maxBytes);
      response.destroy();
      const isRedirect = statusCode >= 300 && statusCode < 400 && headers.location !== undefined;
      if (!isRedirect) throw new ContentUnreachableError({ place: begin, cause: statusCode });
      url = nextUrl(headers.location ?? '', url);
    }
    throw new InvalidContentError({ place: begin, problem: 'it redirects too often' });
  }

  async #get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host];
    const [address] = addresses;
    // One private address among public ones is an attempt.
    if (address === undefined || !addresses.every((one) => this.#isAllowed(one)))
      throw new ForbiddenAddressError({ host });
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const headers = { host: url.host, accept: 'application/json', 'accept-encoding': 'identity' };
    const path = `${url.pathname}${url.search}`;
    const target = { host: address, path, headers, agent: false as const, signal, ...servername };
    return new Promise((resolve, reject) => {
      get({ ...target, ...this.#options }, resolve).once('error', reject);
    });
  }
}

function nextUrl(location: string, base: URL): URL {
  const next = URL.canParse(location, base.href) ? new URL(location, base) : undefined;
  const uri = next && readContentUri(next.href);
  if (uri && 'scheme' in uri && uri.scheme === 'https') return new URL(uri.url);
  throw new ForbiddenAddressError({ host: next?.host ?? 'A redirect' });
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
