import { connect } from 'node:net';

const TIMEOUT_MS = 5000;

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
