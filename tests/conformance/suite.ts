import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = new URL(
  '../../node_modules/@modelcontextprotocol/conformance/dist/index.js',
  import.meta.url,
).pathname;

/** Runs the conformance suite against a server. */
export async function runSuite(args: readonly string[]): Promise<{ code: number; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), '371os-conformance-'));
  // It writes its results where it is run.
  const child = spawn(process.execPath, [PROGRAM, 'server', ...args], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  });
  const ended = new Promise<number>((done) => child.once('close', (code) => done(code ?? 1)));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  rmSync(folder, { recursive: true });
  return { code, output: stdout + stderr };
}

/**
 * The suite knows no tokens: a proxy that adds one, and changes nothing else but the port in Host and
 * Origin where they name the proxy itself.
 */
export async function addToken(
  target: string,
  token: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const { port } = new URL(target);
  let own = '';
  const server = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    for (const name of ['host', 'origin'] as const)
      if (headers[name]?.endsWith(`:${own}`)) headers[name] = headers[name].replace(own, port);
    const { method, url: path } = incoming;
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    sent.once('error', () => outgoing.destroy());
    outgoing.once('close', () => sent.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  own = String((server.address() as AddressInfo).port);
  return {
    url: `http://127.0.0.1:${own}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
