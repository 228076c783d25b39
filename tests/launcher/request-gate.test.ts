import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StillAnsweringError } from '../../scripts/launcher/errors.ts';
import { createTokenGuard } from '../../scripts/launcher/http-guard.ts';
import { RequestGate } from '../../scripts/launcher/request-gate.ts';

const TOKEN = 'token-of-one-agent-alone-0123456789abcdef';
const guard = createTokenGuard({ ownerToken: TOKEN });
const gate = new RequestGate();

let server: Server;
let open: ServerResponse | undefined;

// A POST is answered when the test says so.
beforeAll(async () => {
  server = createServer((incoming, response) => {
    guard(incoming, response, () => {
      gate.middleware(incoming, response, () => {
        if (incoming.method === 'POST') open = response;
        else response.end('read');
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

function send(
  method: string,
  headers: Record<string, string> = {},
  path = '/router/messages',
): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      response.resume().once('end', () => {
        const retryAfter = response.headers['retry-after'];
        resolve({ status: response.statusCode, retryAfter });
      });
    })
      .once('error', reject)
      .end();
  });
}

const authorized = { Authorization: `Bearer ${TOKEN}` };

test('under whatever name: the token lets a program in, and nothing a browser', async () => {
  const host = { Host: 'x7.ingress.provider.example' };
  expect(await send('GET', { ...authorized, ...host })).toMatchObject({ status: 200 });
  expect(await send('GET', host, '/healthz')).toMatchObject({ status: 200 });
  for (const headers of [host, { Cookie: '371os-session=x' }, { Authorization: 'Bearer wrong' }])
    expect(await send('GET', headers)).toMatchObject({ status: 401 });
  const Origin = 'http://x7.ingress.provider.example';
  expect(await send('GET', { ...authorized, ...host, Origin })).toMatchObject({ status: 403 });
  expect(await send('GET', host, '/healthz?/../router/agents')).toMatchObject({ status: 401 });
});

test('closed, it lets nothing in that asks for work, and waits for what it has let in', async () => {
  const begun = send('POST', authorized);
  await once(server, 'request');
  await expect(gate.close(10)).rejects.toThrow(StillAnsweringError);
  const late = await send('POST', authorized);
  expect(late.status).toBe(503);
  expect(Number(late.retryAfter)).toBeGreaterThan(0);
  expect(await send('GET', authorized)).toMatchObject({ status: 200 });
  const closed = gate.close(60_000);
  open?.end();
  await closed;
  expect(await begun).toMatchObject({ status: 200 });
  await gate.close(10);
});
