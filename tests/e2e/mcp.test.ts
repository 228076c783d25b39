import { request } from 'node:http';
import { AgentRuntime, stringToUuid } from '@elizaos/core';
import mcpPlugin from '@elizaos/plugin-mcp';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { fileDatabase } from '../support/fresh-database.ts';
import { eventually } from '../support/eventually.ts';

const START_MS = 120_000;
// Where a proxy would lead here from.
const PUBLIC = 'https://company.example';
const CLI = new URL('../../plugins/cli/bin/371os.js', import.meta.url).pathname;

let company: CompanyProcess;
const directory = makeDataDirectory();

beforeAll(async () => {
  company = await startCompany(await emptyEnvironment(directory, { COORDINATION_URL: PUBLIC }));
}, START_MS);

afterAll(async () => {
  await company.stop();
  removeDataDirectory(directory);
}, START_MS);

/** What ElizaOS's MCP plugin offers to code. */
interface McpService {
  getServers(): { readonly name: string; readonly tools?: readonly { readonly name: string }[] }[];
  callTool(
    server: string,
    tool: string,
    args: Record<string, unknown>,
  ): Promise<{ readonly content: readonly { readonly text?: string }[] }>;
}

type Era = 'auto' | 'legacy';

function newClient(mode: Era): Client {
  return new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
}

function overHttp(token: string, path = '/mcp'): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(path, company.url), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  });
}

function overStdio(args: string[] = []): StdioClientTransport {
  const { PATH = '', HOME = '' } = process.env;
  return new StdioClientTransport({
    command: process.execPath,
    args: [CLI, ...args, 'mcp'],
    env: { PATH, HOME, DATA_DIR: directory },
  });
}

async function names(client: Client): Promise<string[]> {
  const { structuredContent } = await client.callTool({ name: 'read_graph', arguments: {} });
  return (structuredContent as { entities: { name: string }[] }).entities.map(({ name }) => name);
}

const entity = (name: string) => ({ entities: [{ name, entityType: 't', observations: [] }] });

describe.each<Era>(['auto', 'legacy'])('the company over MCP (%s)', (mode) => {
  test('is reached at /mcp, and at the plugin’s own path', async () => {
    for (const path of ['/mcp', '/coordination/mcp']) {
      const client = newClient(mode);
      await client.connect(overHttp(company.token(), path));
      expect((await client.listTools()).tools.length).toBeGreaterThan(8);
      await client.callTool({ name: 'create_entities', arguments: entity(`${mode}${path}`) });
      expect(await names(client)).toContain(`${mode}${path}`);
      await client.close();
    }
  });

  test('is reached on standard input and output, and says what changes', async () => {
    const client = newClient(mode);
    await client.connect(overStdio());
    expect(await names(client)).toContain(`${mode}/mcp`);
    const uri = 'memory://company/-/-';
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri);
    });
    if (mode === 'legacy') await client.subscribeResource({ uri });
    else await client.listen({ resourceSubscriptions: [uri] });
    let n = 0;
    await eventually(async () => {
      await client.callTool({ name: 'create_entities', arguments: entity(`${mode}-${n++}`) });
      expect(heard).toContain(uri);
    });
    await client.close();
  });

  test('knows who asks by the name that the command is given', async () => {
    const client = newClient(mode);
    await client.connect(overStdio(['--as', 'ann']));
    expect(await names(client)).toEqual([]);
    await client.close();
  });
});

test('a token of the command is good for what it says, at the company’s own address', async () => {
  const answer = await company.post('/coordination/tokens', {
    ...{ name: 'reader', scopes: ['memory:read'] },
  });
  const { token } = answer.body as { token: string };
  const client = newClient('auto');
  await client.connect(overHttp(token));
  expect(await names(client)).toEqual([]);
  await expect(
    client.callTool({ name: 'create_entities', arguments: entity('x') }),
  ).rejects.toThrow();
  await client.close();
  // It opens nothing else.
  for (const path of ['/router/agents', '/api/agents', '/coordination/tokens', '/'])
    expect(
      (await fetch(company.url + path, { headers: { Authorization: `Bearer ${token}` } })).status,
    ).toBe(401);
});

test(
  'ElizaOS’s own MCP plugin uses it, unmodified, in an agent of somebody else',
  async () => {
    const { PATH = '', HOME = '' } = process.env;
    const command = { command: process.execPath, args: [CLI, '--as', 'eliza', 'mcp'] };
    const env = { PATH, HOME, DATA_DIR: directory };
    const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, stringToUuid('stranger'));
    await adapter.init();
    const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
    await adapter.runPluginMigrations?.([base] as never, { verbose: false });
    const servers = { company: { type: 'stdio', ...command, env } };
    const runtime = new AgentRuntime({
      character: { name: 'Stranger', bio: 'Uses others.', settings: { mcp: { servers } } },
      agentId: stringToUuid('stranger'),
      adapter,
      plugins: [mcpPlugin],
    });
    await runtime.initialize();
    const service = (await runtime.getServiceLoadPromise('mcp' as never)) as unknown as McpService;
    await eventually(async () => {
      const [server] = service.getServers();
      expect(server?.tools?.map(({ name }) => name)).toContain('delegate_task');
    });
    await service.callTool('company', 'create_entities', entity('of a stranger'));
    const { content } = await service.callTool('company', 'read_graph', {});
    expect(content[0]?.text).toContain('of a stranger');
    await runtime.stop();
  },
  START_MS,
);

test('only /mcp itself is open to tokens of its own', async () => {
  for (const path of ['/mcp/x', '/mcpx', '/coordination/mcp/../tokens', '/x/../mcp', '/%6dcp'])
    expect((await fetch(company.url + path, { method: 'POST' })).status).toBe(401);
  expect((await fetch(`${company.url}/mcp`, { method: 'POST' })).status).toBe(401);
});

// fetch sets Host itself.
function statusAt(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${company.url}${path}`, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });
}

test('programs come under the public name, and reach what is for them alone', async () => {
  const { host } = new URL(PUBLIC);
  const bearer = { Authorization: `Bearer ${company.token()}` };
  expect(await statusAt('/.well-known/agent-card.json', { Host: host, Origin: PUBLIC })).toBe(200);
  expect(await statusAt('/mcp', { Host: host })).toBe(401);
  expect(await statusAt('/mcp', { Host: host, ...bearer })).toBe(405);
  expect(await statusAt('/mcp', { Host: 'evil.example', ...bearer })).toBe(403);
  expect(await statusAt('/api/agents', { Host: host, ...bearer })).toBe(403);
});
