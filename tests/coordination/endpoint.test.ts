import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { createHmac } from 'node:crypto';
import {
  AccessTokens,
  Database,
  SqlTokenBook,
  type Grant,
  type SqlExecutor,
} from '@371os/plugin-coordination';
import { uuidSource } from '@371os/kernel';
import { McpHost, TOKEN } from './mcp-fixture.ts';

let host: McpHost;
let tokens: AccessTokens;

beforeAll(async () => {
  host = await McpHost.start({ COORDINATION_MCP_SESSIONS: '3' });
  tokens = tokensFor(host.url, Date.now());
});

afterAll(() => host.stop());

function tokensFor(audience: string, nowMs: number, ownerToken = TOKEN): AccessTokens {
  const book = new SqlTokenBook(new Database(host.runtime.db as SqlExecutor), Date.now);
  return new AccessTokens({ ownerToken, audience, book, newId: uuidSource, clock: () => nowMs });
}

const GRANT: Grant = { name: 'ann', role: 'guest', scopes: ['memory:read'], days: 1 };
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
const WRITE = { name: 'create_entities', arguments: { entities: [] } };

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe('a token', () => {
  it('is answered with what it is good for, and asked for more with the scope', async () => {
    const client = await host.connect({ token: (await tokens.issue(GRANT)).token });
    expect((await client.callTool({ name: 'read_graph', arguments: {} })).isError).toBeFalsy();
    const answer = await host.post(
      { ...LIST, method: 'tools/call', params: WRITE },
      bearer((await tokens.issue(GRANT)).token),
    );
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toContain('scope="memory:write"');
    await expect(client.callTool(WRITE)).rejects.toThrow();
    const resource = await client.listResources();
    expect(resource.resources.map(({ uri }) => uri)).toEqual([
      `memory://company/-/${encodeURIComponent('guest:ann:main')}`,
    ]);
  });

  it('may be for one agent alone', async () => {
    const grant = { ...GRANT, role: 'admin', agent: 'CFO Maya' } as const;
    const client = await host.connect({ token: (await tokens.issue(grant)).token });
    const read = (args: object): Promise<{ isError?: boolean | undefined }> =>
      client.callTool({ name: 'read_graph', arguments: { ...args } });
    expect((await read({})).isError).toBeFalsy();
    expect((await read({ agent: 'cfo maya' })).isError).toBeFalsy();
    expect(await read({ agent: 'CTO Zara' })).toMatchObject({ isError: true });
  });

  it('is made by the owner over REST, and by nobody else', async () => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${host.url}/coordination/tokens`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify({ name: 'bob', scopes: ['memory:read'] }),
      });
    const { token } = (await (await ask(bearer(TOKEN))).json()) as { token: string };
    expect((await host.post(LIST, bearer(token))).status).toBe(200);
    expect((await ask(bearer(token))).status).toBe(401);
    expect((await ask({ ...bearer(TOKEN), 'X-Act-As': 'bob' })).status).toBe(403);
    const disguised = { ...bearer(TOKEN), 'X-Act-As': 'bob:main' };
    expect((await host.post(LIST, disguised)).status).toBe(401);
  });

  it('is good no more once the owner has ended those of its name; a new one is', async () => {
    const ask = (path: string, body: object, token = TOKEN): Promise<Response> =>
      fetch(`${host.url}/coordination/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...bearer(token) },
        body: JSON.stringify(body),
      });
    const made = async (name: string): Promise<string> => {
      const answer = await ask('tokens', { name, scopes: ['memory:read'] });
      return ((await answer.json()) as { token: string }).token;
    };
    const statusOf = async (token: string): Promise<number> =>
      (await host.post(LIST, bearer(token))).status;
    const [leaked, other] = [await made('leaky'), await made('other')];
    expect((await ask('tokens/end', { name: 'leaky' }, leaked)).status).toBe(401);
    expect(await statusOf(leaked)).toBe(200);
    expect((await ask('tokens/end', { name: 'leaky' })).status).toBe(200);
    expect(await statusOf(leaked)).toBe(401);
    expect(await statusOf(other)).toBe(200);
    const again = await made('leaky');
    expect(await statusOf(again)).toBe(200);
    await ask('tokens/end', { name: 'leaky' });
    expect(await statusOf(again)).toBe(401);
    expect(await statusOf(await made('leaky'))).toBe(200);
  });

  it('is ended alone by its number, which the owner sees where tokens are listed', async () => {
    const ask = async (path: string, body?: object, token = TOKEN) => {
      const answer = await fetch(`${host.url}/coordination/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { 'Content-Type': 'application/json', ...bearer(token) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const made = async (): Promise<{ token: string; id: string }> =>
      (await ask('tokens', { name: 'twice', scopes: ['memory:read'] })).body as never;
    const statusOf = async ({ token }: { token: string }): Promise<number> =>
      (await host.post(LIST, bearer(token))).status;
    const [first, second] = [await made(), await made()];
    expect((await ask('tokens/end', { id: first.id }, first.token)).status).toBe(401);
    expect((await ask('tokens', undefined, first.token)).status).toBe(401);
    expect((await ask('tokens/end', { id: 'none' })).body).toMatchObject({
      error: { message: expect.stringContaining('mcp tokens list') },
    });
    expect(await ask('tokens/end', { id: first.id })).toMatchObject({
      ...{ status: 200, body: { token: { id: first.id, name: 'twice', isEnded: true } } },
    });
    expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);
    const { body } = await ask('tokens');
    const listed = (body['tokens'] as { id: string; name: string; isEnded: boolean }[]).filter(
      ({ name }) => name === 'twice',
    );
    expect(Object.fromEntries(listed.map(({ id, isEnded }) => [id, isEnded]))).toEqual({
      ...{ [first.id]: true, [second.id]: false },
    });
    const text = JSON.stringify(body);
    for (const { token } of [first, second]) expect(text).not.toContain(token.split('.')[2]);
    await ask('tokens/end', { name: 'twice' });
    expect(await statusOf(second)).toBe(401);
    expect(JSON.stringify((await ask('tokens')).body)).not.toMatch(/"name":"twice"[^}]*false/);
  });

  const key = createHmac('sha256', TOKEN).update('371os access tokens').digest();
  const forge = (alg: string, secret: Uint8Array): Promise<string> =>
    new SignJWT({ scope: 'memory:read' })
      .setProtectedHeader({ alg, typ: 'at+jwt' })
      .setIssuer('371os')
      .setAudience(host.url)
      .setSubject('guest:ann')
      .setJti('x')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(secret);
  const unsigned = (): string => {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = { aud: host.url, iss: '371os', sub: 'admin:eve', jti: 'x', iat: 1, exp: 4e9 };
    return `${part({ alg: 'none', typ: 'at+jwt' })}.${part(payload)}.`;
  };

  it.each<[string, () => string | Promise<string>]>([
    ['is missing', () => ''],
    ['is garbage', () => 'garbage'],
    [
      'is for another address',
      () =>
        tokensFor('https://other.example', Date.now())
          .issue(GRANT)
          .then(({ token }) => token),
    ],
    [
      'has expired',
      () =>
        tokensFor(host.url, Date.now() - 2 * 86_400_000)
          .issue(GRANT)
          .then(({ token }) => token),
    ],
    [
      'is of another company',
      () =>
        tokensFor(host.url, Date.now(), 'another')
          .issue(GRANT)
          .then(({ token }) => token),
    ],
    ['is not signed', unsigned],
    ['is signed in another way', () => forge('HS512', key)],
  ])('that %s is refused', async (_how, make) => {
    const token = await make();
    const answer = await host.post(LIST, { Authorization: token ? `Bearer ${token}` : '' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('signed as ours are is taken, which shows that the refusals above are for their faults', async () => {
    expect((await host.post(LIST, bearer(await forge('HS256', key)))).status).toBe(200);
  });
});

describe('a session', () => {
  const INITIALIZE = {
    ...LIST,
    method: 'initialize',
    params: {
      ...{ protocolVersion: '2025-11-25', capabilities: {} },
      clientInfo: { name: 'test', version: '1' },
    },
  };
  const begin = async (headers: Record<string, string> = {}): Promise<string> => {
    const answer = await host.post(INITIALIZE, headers);
    expect(answer.status).toBe(200);
    await answer.text();
    return answer.headers.get('mcp-session-id') ?? '';
  };
  const ask = async (id: string, headers: Record<string, string> = {}): Promise<number> => {
    const answer = await host.post(LIST, { 'Mcp-Session-Id': id, ...headers });
    await answer.text();
    return answer.status;
  };

  it('is of whoever began it', async () => {
    const id = await begin();
    expect(await ask(id)).toBe(200);
    expect(await ask(id, { 'X-Act-As': 'eve' })).toBe(404);
    expect(await ask('made-up')).toBe(404);
  });

  it('makes room for others when it has been silent longest', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push(await begin());
    await ask(ids[0]!);
    await begin();
    expect(await Promise.all(ids.map((id) => ask(id)))).toEqual([200, 404, 200]);
  });

  it('ends when its client says so', async () => {
    const id = await begin();
    const gone = await fetch(`${host.url}/coordination/mcp`, {
      method: 'DELETE',
      headers: { ...bearer(TOKEN), 'Mcp-Session-Id': id },
    });
    expect(gone.status).toBe(200);
    expect(await ask(id)).toBe(404);
  });
});

describe('who asks too often', () => {
  let slow: McpHost;
  beforeAll(async () => {
    slow = await McpHost.start({ COORDINATION_MCP_PER_MINUTE: '5' });
  });
  afterAll(() => slow.stop());

  it('is told when to come back, and holds nobody else up', async () => {
    for (let asked = 0; asked < 5; asked += 1) expect((await slow.post(LIST)).status).toBe(200);
    const answer = await slow.post(LIST);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(12);
    expect(await answer.json()).toMatchObject({
      ...{ jsonrpc: '2.0', id: null },
      error: { message: expect.stringContaining('more than 5 requests a minute') },
    });
    expect((await slow.post(LIST, { 'X-Act-As': 'ann' })).status).toBe(200);
    expect((await slow.post(LIST, bearer('garbage'))).status).toBe(401);
  });
});

// fetch sets Host itself.
function raw(headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${host.url}/coordination/mcp`,
      {
        method: 'POST',
        headers: {
          ...bearer(TOKEN),
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      (answer) => void text(answer).then(() => resolve(answer.statusCode ?? 0)),
    );
    sent.once('error', reject);
    sent.end(JSON.stringify(LIST));
  });
}

describe('a request', () => {
  it.each([
    ['for another host', { Host: 'evil.example' }, 403],
    ['of another web site', { Origin: 'https://evil.example' }, 403],
    ['of a page without a site', { Origin: 'null' }, 403],
    ['of this machine', { Origin: 'http://localhost:5173' }, 200],
  ])('%s', async (_what, headers, status) => {
    expect(await raw(headers)).toBe(status);
  });

  it.each<[string, unknown, Record<string, string>, number[]]>([
    ['that is no JSON', '{"jsonrpc":', {}, [400]],
    ['of another type', '<a/>', { 'Content-Type': 'text/xml' }, [400, 415]],
    ['that is no message', { hello: 'world' }, {}, [400]],
    ['that is an empty list', [], {}, [400]],
    ['of a method that there is not', { ...LIST, method: 'nothing/there' }, {}, [200, 404]],
    ['that is too large', { ...LIST, params: { x: 'x'.repeat(2_100_000) } }, {}, [413]],
  ])('%s is refused', async (_what, body, headers, statuses) => {
    const answer = await host.post(body, headers);
    expect(statuses).toContain(answer.status);
    const said = await answer.text();
    expect(said).toContain('error');
    expect(said).not.toContain('node_modules');
  });

  it('of a revision that there is not names those that there are', async () => {
    const answer = await host.post(
      {
        ...LIST,
        params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2031-01-01' } },
      },
      { 'MCP-Protocol-Version': '2031-01-01', 'Mcp-Method': 'tools/list' },
    );
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('2026-07-28');
  });
});
