// Calls of memory tools over MCP: the company's server over HTTP, with its token, database and all ten
// agents, beside the reference server for memory on standard input and output, in turn. Then 32 calls
// at once: of 32 clients here, of the one client that a server on standard input can have there. A
// write makes one entity of its own, a read opens one; how many writes were kept is told, too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { freePort, startChild } from './child-program.ts';
import { withDirectory } from './launch-company.ts';
import { millisecondsOf, percentile, report, tell } from './report.ts';

const WARM_UP_ROUNDS = 5;
const CALLS = 200;
const CLIENTS = 32;
const ROUNDS = 10;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REFERENCE = fileURLToPath(
  new URL('../../node_modules/@modelcontextprotocol/server-memory/dist/index.js', import.meta.url),
);

type Call = (client: Client, name: string) => Promise<unknown>;

const write: Call = (client, name) =>
  answered(client, 'create_entities', {
    entities: [{ name, entityType: 'thing', observations: [`is called ${name}`] }],
  });
const read: Call = (client, name) => answered(client, 'open_nodes', { names: [name] });

async function answered(
  client: Client,
  name: string,
  args: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
  if (isError === true) throw new RangeError(JSON.stringify(content));
  return (structuredContent ?? {}) as Record<string, unknown>;
}

/** The company as `npm start` launches it. */
async function startCompany(
  directory: string,
): Promise<{ url: URL; token: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const data = join(directory, 'company');
  const { stop } = await startChild(
    ['--conditions=@371os/source', join(ROOT, 'scripts/main.js'), 'start'],
    /371OS ready/,
    {
      ...{ DATA_DIR: data, SERVER_PORT: String(port) },
      ...{ DEVNET: 'off', LOCAL_MODEL_DISCOVERY: 'false' },
      // All clients here are the owner, who asks for more than anybody does.
      COORDINATION_MCP_PER_MINUTE: '1000000',
    },
  );
  return {
    url: new URL(`http://127.0.0.1:${String(port)}/mcp`),
    token: readFileSync(join(data, 'owner-token'), 'utf8').trim(),
    stop,
  };
}

async function connected(
  transport: StreamableHTTPClientTransport | StdioClientTransport,
): Promise<Client> {
  const client = new Client(
    { name: 'bench', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(transport);
  return client;
}

interface Side {
  readonly clients: readonly Client[];
  readonly times: number[];
  readonly wholeMs: number[];
  written: string[];
}

const side = (clients: readonly Client[]): Side => ({
  ...{ clients, times: [], wholeMs: [], written: [] },
});

let made = 0;

/** One call of each client at once, and how long each and all of them took. */
async function round({ clients, times, wholeMs, written }: Side, call: Call): Promise<void> {
  const names = clients.map(() => `entity ${String((made += 1))}`);
  written.push(...names);
  const asked = clients.map(async (client, index) => {
    times.push(await millisecondsOf(() => call(client, names[index] ?? '')));
  });
  wholeMs.push(await millisecondsOf(() => Promise.all(asked)));
}

async function compare(
  what: string,
  call: Call,
  sides: [Side, Side],
  rounds: number,
): Promise<void> {
  // In turn, so that a machine that slows down slows both.
  for (let index = 0; index < WARM_UP_ROUNDS + rounds; index += 1) {
    if (index === WARM_UP_ROUNDS)
      for (const { times, wholeMs } of sides) times.length = wholeMs.length = 0;
    for (const one of sides) await round(one, call);
  }
  const [ours, theirs] = sides;
  const baseline = 'server-memory on standard input';
  for (const percent of [50, 99])
    report({
      ...{ bench: `MCP ${what} p${String(percent)}`, unit: 'ms', baseline },
      value: percentile(ours.times, percent / 100),
      baselineValue: percentile(theirs.times, percent / 100),
    });
  report({
    ...{ bench: `MCP ${what}`, unit: 'a second', baseline },
    value: aSecond(ours),
    baselineValue: aSecond(theirs),
  });
}

function aSecond({ times, wholeMs }: Side): number {
  return (times.length * 1_000) / wholeMs.reduce((sum, one) => sum + one, 0);
}

async function keptOf({ clients: [client], written }: Side): Promise<string> {
  if (!client) return '';
  const { entities } = await answered(client, 'read_graph', {});
  const names = new Set((entities as { name: string }[]).map(({ name }) => name));
  const kept = written.filter((name) => names.has(name)).length;
  return `${String(kept)} of ${String(written.length)}`;
}

await withDirectory(async (directory) => {
  const company = await startCompany(directory);
  const headers = { Authorization: `Bearer ${company.token}` };
  const ours = await Promise.all(
    Array.from({ length: CLIENTS }, () =>
      connected(new StreamableHTTPClientTransport(company.url, { requestInit: { headers } })),
    ),
  );
  const theirs = await connected(
    new StdioClientTransport({
      ...{ command: process.execPath, args: [REFERENCE], stderr: 'ignore' },
      env: { MEMORY_FILE_PATH: join(directory, 'memory.jsonl') },
    }),
  );
  const one = (): [Side, Side] => [side(ours.slice(0, 1)), side([theirs])];
  const many = (): [Side, Side] => [side(ours), side(ours.map(() => theirs))];
  await compare('write, 1 client', write, one(), CALLS);
  await compare('read, 1 client', read, one(), CALLS);
  const written = many();
  await compare('write, 32 at once', write, written, ROUNDS);
  tell(
    `writes kept of those at once: ours ${await keptOf(written[0])}, theirs ${await keptOf(written[1])}`,
  );
  await compare('read, 32 at once', read, many(), ROUNDS);
  await Promise.all([...ours, theirs].map((client) => client.close()));
  await company.stop();
});
process.exit(0);
