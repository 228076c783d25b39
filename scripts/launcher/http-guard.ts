import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { secretsEqual, secureRandom, systemClock } from '@371os/kernel';
import { checksOwnTokens } from './coordination-path.ts';
import { isDashboard } from './dashboard-path.ts';

// ElizaOS serves its pages, plugin routes and uploads to anybody who can reach the port, and
// answers every web site (CORS). This stands before all of it: one open path, one way in.

type Next = () => void;
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void;

export interface HttpGuard {
  readonly middleware: Middleware;
  /** A link that logs one browser in, once, within ten minutes. */
  loginLink(): string;
}

interface GuardInit {
  readonly url: string;
  readonly ownerToken: string;
  /** The address under which programs of elsewhere come, through a proxy; undefined when there is none. */
  readonly publicUrl?: (() => URL | undefined) | undefined;
}

const LOGIN_TTL_MS = 600_000;
const COOKIE = '371os-session';
// There OpenAI's clients read errors, in OpenAI's words.
const OPENAI = /^(?:\/gateway)?\/v1(?:\/|$)/;

/** Guards a server on loopback: only the owner's token, or a browser that logged in, passes. */
export function createHttpGuard({ url, ownerToken, publicUrl }: GuardInit): HttpGuard {
  const { port } = new URL(url);
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const origins = hosts.map((host) => `http://${host}`);
  const session = createHmac('sha256', ownerToken)
    .update('371os browser session')
    .digest('base64url');
  const codes = new LoginCodes();
  const loginLink = (): string => `${url}/login?code=${codes.issue()}`;

  const middleware: Middleware = (request, response, next) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const { host = '', origin } = request.headers;
    const address = request.url ?? '';
    const isForPrograms = checksOwnTokens(address);
    // What is the owner's alone is not there under a public name.
    const elsewhere = isForPrograms ? publicUrl?.() : undefined;
    if (!hosts.includes(host) && host !== elsewhere?.host)
      return refuse(response, 403, `this server does not answer for ${host}`);
    if (origin !== undefined && !origins.includes(origin) && origin !== elsewhere?.origin)
      return refuse(response, 403, 'requests from other web sites are not answered');
    if (pathname === '/healthz' || isForPrograms || isDashboard(address)) return next();
    if (pathname === '/login')
      return codes.redeem(searchParams.get('code') ?? '')
        ? logIn(response, ownerToken, session)
        : refuse(
            response,
            401,
            'this login link was used or is too old; "npm run login" makes another',
          );
    if (hasToken(request, ownerToken)) {
      if (pathname === '/login-link') return sendJson(response, 200, { url: loginLink() });
      return next();
    }
    if (secretsEqual(cookieOf(request) ?? '', session)) {
      // A browser that logged in is the owner; ElizaOS asks for the key with every request.
      request.headers['x-api-key'] = ownerToken;
      return next();
    }
    return refuse(
      response,
      401,
      'log in first: open the link that "npm run login" prints, or send the token of .371os/owner-token as "Authorization: Bearer TOKEN"',
      OPENAI.test(pathname) ? 'invalid_api_key' : undefined,
    );
  };
  return { middleware: afterLook(middleware), loginLink };
}

/**
 * Guards a server that programs reach under whatever name its provider gives it: the token alone
 * passes, and nothing that a web site makes a browser send.
 */
export function createTokenGuard({ ownerToken }: Pick<GuardInit, 'ownerToken'>): Middleware {
  return afterLook((request, response, next) => {
    if (request.headers.origin !== undefined)
      return refuse(response, 403, 'requests from web sites are not answered');
    if (request.url === '/healthz' || hasToken(request, ownerToken)) return next();
    return refuse(response, 401, 'send the token of this agent as "Authorization: Bearer TOKEN"');
  });
}

// ElizaOS's server answers what it cannot decode with a page of its own.
function afterLook(guard: Middleware): Middleware {
  return (request, response, next) => {
    if (isReadable(request.url ?? '/')) return guard(request, response, next);
    return sendJson(response, 400, {
      error: {
        code: 'INVALID_REQUEST',
        message: 'The address cannot be read: it is written in UTF-8, a % in it as %25.',
        ...{ type: 'invalid_request_error', param: null },
      },
    });
  };
}

function isReadable(address: string): boolean {
  try {
    decodeURIComponent(address.split('?', 1)[0] ?? '');
    return URL.canParse(address, 'http://localhost');
  } catch {
    return false;
  }
}

class LoginCodes {
  readonly #expiries = new Map<string, number>();

  issue(): string {
    const code = secureRandom(24).toString('base64url');
    this.#expiries.set(code, systemClock() + LOGIN_TTL_MS);
    return code;
  }

  redeem(code: string): boolean {
    const expiry = this.#expiries.get(code);
    this.#expiries.delete(code);
    return expiry !== undefined && expiry > systemClock();
  }
}

function hasToken(request: IncomingMessage, ownerToken: string): boolean {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const token = bearer ?? request.headers['x-api-key'];
  if (typeof token !== 'string' || !secretsEqual(token, ownerToken)) return false;
  request.headers['x-api-key'] = token;
  return true;
}

function cookieOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
}

// ElizaOS's web client reads its key from local storage, under a name with the page's origin.
function logIn(response: ServerResponse, ownerToken: string, session: string): void {
  const nonce = secureRandom(16).toString('base64url');
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${nonce}'`,
    'Set-Cookie': `${COOKIE}=${session}; Path=/; HttpOnly; SameSite=Strict`,
  });
  response.end(
    `<!doctype html><html lang="en"><title>371OS</title><p>You are logged in. <a href="/">Go to the company</a>.</p>` +
      `<script nonce="${nonce}">localStorage.setItem('eliza-api-key-' + location.origin, ${JSON.stringify(ownerToken)}); location.replace('/');</script></html>`,
  );
}

function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  code = status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN',
): void {
  const isUnknown = status === 401;
  sendJson(response, status, {
    error: {
      code,
      message: `Not allowed: ${message}.`,
      // For OpenAI's clients, which know errors by their type.
      type: isUnknown ? 'authentication_error' : 'permission_error',
      param: null,
    },
  });
}

/** Answers with JSON that nobody may keep. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(text);
}
