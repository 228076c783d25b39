import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  checkSchema,
  SdkToolCaller,
  type SdkToolCallerInit,
  type ToolAnswer,
  type ToolCall,
} from '@371os/plugin-registry';
import { startToolServers, type ToolServers } from './tool-servers.ts';

let servers: ToolServers;
beforeAll(async () => {
  servers = await startToolServers();
});
afterAll(() => servers.stop());

type Asked = Partial<ToolCall> & { readonly path?: string };

function call(asked: Asked, init: Partial<SdkToolCallerInit> = {}): Promise<ToolAnswer> {
  const limits = { timeoutMs: 10_000, mostBytes: 100_000, isLoopbackAllowed: true };
  const { path = '/web', ...more } = asked;
  return new SdkToolCaller({ ...limits, ...init }).call({
    ...{ executionId: 'e-1', platform: 'web', tool: 'translate', parameters: { text: 'Hi' } },
    ...{ url: `${servers.url}${path}`, ...more },
  });
}

describe('a tool is called over', () => {
  it.each([
    ['mcp', '/mcp', { text: 'HI' }],
    ['a2a', '/agent-card.json', { text: 'hi' }],
    [
      'web',
      '/web',
      { said: { tool: 'translate', parameters: { text: 'Hi' }, executionId: 'e-1' } },
    ],
  ] as const)('%s', async (platform, path, output) => {
    servers.keys.clear();
    expect(await call({ platform, path })).toEqual({ output, isError: false });
    expect([...servers.keys]).toEqual(['e-1']);
  });

  it('a2a, with more than a text', async () => {
    const parameters = { text: 'Hi', tone: 'kind' };
    const answer = await call({ platform: 'a2a', path: '/agent-card.json', parameters });
    expect(answer).toEqual({ output: { text: 'hi' }, isError: false });
  });

  it('mcp, and says when it fails', async () => {
    const answer = await call({ platform: 'mcp', path: '/mcp', tool: 'fail', parameters: {} });
    expect(answer).toEqual({ output: 'out of ink', isError: true });
  });
});

describe('a hostile endpoint', () => {
  // Where a card is expected, the hostile answer is one.
  const kinds = [
    ['web', ''],
    ['mcp', ''],
    ['a2a', '.json'],
  ] as const;

  it.each(kinds)('that hangs ends in time (%s)', async (platform, suffix) => {
    await expect(call({ platform, path: `/hang${suffix}` }, { timeoutMs: 300 })).rejects.toThrow(
      /gave no answer within 300 ms/,
    );
  });

  it.each(kinds)('that answers 50 MB is not read to its end (%s)', async (platform, suffix) => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(call({ platform, path: `/huge${suffix}` })).rejects.toThrow(
      /more than 100000 bytes/,
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it.each([
    ['garbage', '/garbage', /did not answer as its protocol says: the answer is no JSON/],
    ['an outage', '/down', /did not answer: HTTP 503/],
    ['a connection that is cut', '/reset', /did not answer/],
    ['a redirect to the cloud', '/metadata', /sends us on to http:\/\/169\.254\.169\.254/],
    ['any redirect', '/elsewhere', /sends us on/],
  ])('with %s', async (_what, path, refusal) => {
    servers.asked.length = 0;
    await expect(call({ path })).rejects.toThrow(refusal);
    expect(servers.asked).toEqual([path]);
  });

  it.each(kinds)('that speaks no %s', async (platform, suffix) => {
    const ask = (path: string): Promise<unknown> => call({ platform, path: `${path}${suffix}` });
    await expect(ask('/garbage')).rejects.toThrow(/as its protocol says/);
    await expect(ask('/metadata')).rejects.toThrow(/sends us on/);
  });
});

it('a card that names a private address leads nowhere', async () => {
  await expect(call({ platform: 'a2a', path: '/evil-card.json' })).rejects.toThrow(
    /169\.254\.169\.254\/a2a is not called: its address/,
  );
});

describe('only the public internet is asked', () => {
  it.each([
    'http://example.com/tool',
    'https://127.0.0.1/tool',
    'https://localhost/tool',
    'https://10.0.0.1/tool',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/tool',
    'https://[::ffff:10.0.0.1]/tool',
    'https://[64:ff9b::7f00:1]/tool',
    'https://2130706433/tool',
    'https://0x7f.1/tool',
    'https://user:password@example.com/tool',
    'ftp://example.com/tool',
  ])('not %s', async (url) => {
    await expect(call({ url }, { isLoopbackAllowed: false })).rejects.toThrow(/is not called/);
  });

  it('nor what is private besides loopback where that is allowed', async () => {
    await expect(call({ url: 'http://10.0.0.1/tool' })).rejects.toThrow(/is not called/);
    await expect(call({ url: 'http://169.254.169.254/' })).rejects.toThrow(/is not called/);
  });

  it('before anything is sent', async () => {
    let connections = 0;
    const listener = createServer(() => (connections += 1));
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    const url = `https://localhost:${String(port)}/`;
    await expect(call({ url }, { isLoopbackAllowed: false })).rejects.toThrow(/is not called/);
    expect(connections).toBe(0);
    await new Promise((resolve) => listener.close(resolve));
  });
});

describe('a published schema', () => {
  const schema = {
    type: 'object',
    properties: { text: { type: 'string', maxLength: 5 } },
    required: ['text'],
    additionalProperties: false,
  };

  it.each([
    [{ text: 'hi' }, undefined],
    [{}, /required/],
    [{ text: 'too long' }, /5 characters/],
    [{ text: 'hi', more: 1 }, /additional/],
  ])('%j', (value, problem) => {
    const found = checkSchema(schema, value);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it.each([
    ['means nothing', { type: 'nonsense' }],
    ['is a trap for whoever matches its pattern', { type: 'string', pattern: '^(a+)+$' }],
    ['refers to what is not there', { $ref: 'https://example.com/schema.json' }],
  ])('that %s is no end of us', (_what, trap) => {
    expect(checkSchema(trap, `${'a'.repeat(40)}!`)).toMatch(/cannot be applied/);
  });
});
