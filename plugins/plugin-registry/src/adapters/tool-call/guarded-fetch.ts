import { lookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { Readable, Transform } from 'node:stream';
import { isPublicAddress } from '@371os/kernel';
import {
  EndpointRefusedError,
  ToolAnswerTooLargeError,
  ToolUnreachableError,
} from '../../tool-errors.ts';

export interface GuardedFetchInit {
  /** Whether this machine's loopback may be asked, by plain HTTP too. */
  readonly isLoopbackAllowed: boolean;
  /** Whether any address may be asked, by plain HTTP too: for what the operator names. */
  readonly isPrivateAllowed?: boolean;
  /** Most bytes of all answers together. */
  readonly mostBytes: number;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
}

const NO_BODY = new Set([204, 205, 304]);

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * A `fetch` for addresses that strangers name: https only, to public addresses only, and to the
 * very address that was checked, however often the name changes its mind. Redirects are refused.
 */
export class GuardedFetch {
  readonly #init: GuardedFetchInit;
  #bytes = 0;
  /** The first refusal; clients of a protocol wrap errors until nobody knows them. */
  failure: Error | undefined;

  constructor(init: GuardedFetchInit) {
    this.#init = init;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    try {
      this.#refuse(new URL(input instanceof Request ? input.url : input));
      return await this.#fetch(new Request(input, init));
    } catch (error) {
      throw this.#fail(error as Error);
    }
  };

  #fail(error: Error): Error {
    return (this.failure ??= error);
  }

  async #fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer());
    const answer = await this.#send(request, url, body);
    const status = answer.statusCode ?? 502;
    if (status >= 300 && status < 400) {
      answer.destroy();
      throw new EndpointRefusedError({
        url: url.href,
        problem: `it sends us on to ${String(answer.headers.location).slice(0, 120)}, and nobody follows strangers`,
      });
    }
    return this.#responseOf(answer, status, url);
  }

  #refuse(url: URL): void {
    const problem = problemOfAddress(url, this.#init);
    if (problem !== undefined) throw new EndpointRefusedError({ url: url.href, problem });
  }

  #isAllowed(address: string): boolean {
    return isAllowed(address, this.#init);
  }

  #send(request: Request, url: URL, body: Buffer): Promise<IncomingMessage> {
    const { signal, headers } = this.#init;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(url, {
        method: request.method,
        headers: {
          ...Object.fromEntries(request.headers),
          ...headers,
          'accept-encoding': 'identity',
          ...(body.length > 0 ? { 'content-length': body.length } : {}),
        },
        agent: false,
        lookup: this.#lookup(url),
        signal: AbortSignal.any([signal, request.signal]),
      });
      outgoing.once('response', resolve);
      outgoing.once('error', (error) => {
        const { message } = error;
        const isOurs = error instanceof EndpointRefusedError || signal.aborted;
        const cause = { url: url.href, problem: message, cause: error };
        reject(isOurs ? error : new ToolUnreachableError(cause));
      });
      outgoing.end(body);
    });
  }

  // Asked at the moment of connecting: the address that passes is the one that is used.
  #lookup(url: URL): LookupFunction {
    return (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
        if (error) {
          callback(error, '', 0);
          return;
        }
        const [first] = found;
        if (!first || !found.every(({ address }) => this.#isAllowed(address))) {
          const problem = 'its name stands for an address that is not one of the public internet';
          callback(new EndpointRefusedError({ url: url.href, problem }), '', 0);
          return;
        }
        if (options.all === true) callback(null, found);
        else callback(null, first.address, first.family);
      });
    };
  }

  #responseOf(answer: IncomingMessage, status: number, url: URL): Response {
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers))
      if (value !== undefined) headers.set(name, String(value));
    if (NO_BODY.has(status)) {
      answer.resume();
      return new Response(null, { status, headers });
    }
    const limited = answer.pipe(this.#limit(url));
    answer.once('error', (error) => limited.destroy(error));
    // Who reads the body hears of it; where nobody reads, nobody must die of it.
    limited.on('error', (error) => {
      this.#fail(error);
      answer.destroy();
    });
    return new Response(Readable.toWeb(limited) as ReadableStream, { status, headers });
  }

  #limit(url: URL): Transform {
    const { mostBytes } = this.#init;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#bytes += chunk.length;
        if (this.#bytes <= mostBytes) done(null, chunk);
        else done(new ToolAnswerTooLargeError({ url: url.href, mostBytes }));
      },
    });
  }
}

/** Which addresses may be asked beside public ones. */
export type AllowedAddresses = Pick<GuardedFetchInit, 'isLoopbackAllowed' | 'isPrivateAllowed'>;

/**
 * What is wrong with an address that a stranger names, as far as its letters tell; undefined when
 * nothing is. What a name stands for is looked at when it is asked.
 */
export function problemOfAddress(url: URL, allowed: AllowedAddresses): string | undefined {
  const { protocol, username, password } = url;
  const { isLoopbackAllowed, isPrivateAllowed = false } = allowed;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (username !== '' || password !== '') return 'it holds a user name or a password';
  if (protocol !== 'https:' && !(protocol === 'http:' && (isLoopbackAllowed || isPrivateAllowed)))
    return 'only https is allowed';
  if (isIP(host) !== 0 && !isAllowed(host, allowed))
    return 'its address is not one of the public internet';
  return undefined;
}

function isAllowed(address: string, allowed: AllowedAddresses): boolean {
  if (allowed.isPrivateAllowed === true) return true;
  const isLoopback = LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  return isLoopback ? allowed.isLoopbackAllowed : isPublicAddress(address);
}
