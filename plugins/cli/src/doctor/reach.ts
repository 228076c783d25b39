import { connect } from 'node:net';

const TIMEOUT_MS = 5000;
const LARGEST_ANSWER_BYTES = 4_000_000;

/** The HTTP status that an address answers with, or undefined when nothing does within 5 s. */
export async function statusOf(url: string, init: RequestInit = {}): Promise<number | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
}

/** What a server has answered with. `body` is undefined where it is no JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The JSON that an address answers with, or undefined when nothing answers within 5 s. */
export async function answerOf(url: string, init: RequestInit = {}): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const isTooLarge = Number(response.headers.get('content-length')) > LARGEST_ANSWER_BYTES;
    const text = isTooLarge ? '' : await response.text();
    if (isTooLarge) await response.body?.cancel();
    return { status: response.status, body: jsonOf(text) };
  } catch {
    return undefined;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where an address leads, without what may be a secret in it: the path, the user and the query. */
export function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'what is no address';
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

export async function answers(url: string, init?: RequestInit): Promise<boolean> {
  const status = await statusOf(url, init);
  return status !== undefined && status < 400;
}

/** Whether something listens there and takes a connection within 5 s. */
export function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      done(isOpen);
    };
    socket.once('connect', () => {
      end(true);
    });
    socket.once('timeout', () => {
      end(false);
    });
    socket.once('error', () => {
      end(false);
    });
  });
}
