import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpGuard, type HttpGuard } from '../../scripts/launcher/http-guard.ts';

const TOKEN = 'owner-token-of-this-test-1234567890';

let server: Server;
let guard: HttpGuard;
let url: string;

beforeAll(async () => {
  server = createServer((incoming, response) => {
    guard.middleware(incoming, response, () => {
      response.end(JSON.stringify({ passed: true, key: incoming.headers['x-api-key'] ?? null }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  guard = createHttpGuard({ url, ownerToken: TOKEN });
});

afterAll(() => {
  server.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

// fetch does not let a caller forge Host and Origin; attackers have no such scruples.
function send(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(`${url}${path}`, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('the guard before the server', () => {
  test.each(['/api/371os/%E0', '/lifecycle/agents/100%', '//', '/%'])(
    'refuses the address %s, which nobody can read, in our own words',
    async (path) => {
      const { status, body } = await send(path, { Authorization: `Bearer ${TOKEN}` });
      expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({
        ...{ status: 400, body: { error: { code: 'INVALID_REQUEST' } } },
      });
    },
  );

  test('/healthz alone is open', async () => {
    expect((await send('/healthz')).status).toBe(200);
    for (const path of [
      '/',
      '/health',
      '/api/agents',
      '/router/messages',
      '/media/x',
      '/login-link',
    ])
      expect(await send(path)).toMatchObject({
        status: 401,
        body: expect.stringContaining('npm run login'),
      });
  });

  test.each([{ authorization: `Bearer ${TOKEN}` }, { 'x-api-key': TOKEN }])(
    'the owner token passes as %p',
    async (headers) => {
      expect(await send('/api/agents', headers)).toMatchObject({
        status: 200,
        body: expect.stringContaining(TOKEN),
      });
    },
  );

  test.each([
    ['another web site', { 'x-api-key': TOKEN, origin: 'https://evil.example' }],
    ['a site on another port', { 'x-api-key': TOKEN, origin: 'http://127.0.0.1:1' }],
    ['no origin to speak of', { 'x-api-key': TOKEN, origin: 'null' }],
    ['a name that was pointed at us', { 'x-api-key': TOKEN, host: 'evil.example' }],
  ])('%s is refused even with the token', async (_name, headers) => {
    expect((await send('/api/agents', headers)).status).toBe(403);
    expect((await send('/healthz', headers)).status).toBe(403);
  });

  test('under the public name there is only what checks tokens of its own', async () => {
    const before = guard;
    guard = createHttpGuard({
      ...{ url, ownerToken: TOKEN },
      publicUrl: () => new URL('https://company.example/'),
    });
    const host = 'company.example';
    const origin = 'https://company.example';
    for (const path of ['/mcp', '/a2a/cfo-maya', '/.well-known/agent-card.json'])
      expect((await send(path, { host, origin })).status).toBe(200);
    for (const path of ['/api/agents', '/login', '/healthz', '/coordination/tokens'])
      expect((await send(path, { host, 'x-api-key': TOKEN })).status).toBe(403);
    expect((await send('/mcp', { host: 'evil.example' })).status).toBe(403);
    expect((await send('/mcp', { host, origin: 'https://evil.example' })).status).toBe(403);
    expect((await send('/api/agents', { origin, 'x-api-key': TOKEN })).status).toBe(403);
    guard = before;
    expect((await send('/mcp', { host })).status).toBe(403);
  });

  test('a login link lets one browser in, once', async () => {
    const link = guard.loginLink().slice(url.length);
    const page = await send(link);
    expect(page.status).toBe(200);
    expect(page.headers['set-cookie']?.[0]).toMatch(/HttpOnly; SameSite=Strict/);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect((await send(link)).status).toBe(401);
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect(await send('/api/agents', { cookie })).toMatchObject({
      status: 200,
      body: expect.stringContaining(TOKEN),
    });
    expect((await send('/api/agents', { cookie: `${cookie}x` })).status).toBe(401);
  });

  test('a made-up login code opens nothing', async () => {
    expect((await send('/login?code=guess')).status).toBe(401);
    expect((await send('/login')).status).toBe(401);
  });
});
