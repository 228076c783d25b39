// Discovery over 10,000 agents that stand in the database: the first search, which reads them all,
// and the ones after it, beside a search by SQL's ILIKE in the same rows. One JSON line for each.
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import registryPlugin, {
  AgentDirectory,
  Database,
  readCriteria,
  type Profile,
} from '@371os/plugin-registry';
import { openDatabase } from '../support/database.ts';
import { millisecondsOf, percentile, report } from './report.ts';

const AGENTS = 10_000;
const AT_ONCE = 1_000;
const WARM_UP = 20;
const SEARCHES = 200;
const REGISTRY = 'eip155:31337:0x0000000000000000000000000000000000008004';
const VERBS = ['translate', 'summarise', 'draw', 'price', 'route', 'audit', 'index', 'transcribe'];
const NOUNS = ['text', 'invoices', 'images', 'contracts', 'speech', 'orders', 'maps', 'code'];

const pick = (from: readonly string[], index: number): string => from[index % from.length] ?? '';

function profileOf(index: number): Profile {
  const tools = [0, 1, 2].map((one) => {
    const verb = pick(VERBS, index + one);
    const noun = pick(NOUNS, Math.floor(index / 8) + one);
    const description = `${verb} ${noun} of any length, number ${String(index)}`;
    const priceText = `0.${String(index % 90).padStart(2, '0')} USDC`;
    return {
      ...{ id: `${verb}-${noun}`, name: `${verb} ${noun}`, description, tags: [], priceText },
      ...{ inputSchema: { type: 'object' }, outputSchema: { type: 'object' } },
      pricePico: BigInt(index % 90) * 10_000_000_000n,
    };
  });
  return {
    ...{ cid: undefined, name: `Agent ${String(index)}`, description: 'Works', tools },
    ...{ agentType: 'agent', isActive: true, promisesSigns: false },
    endpoints: [{ platform: 'mcp', url: `https://agent-${String(index)}.example/mcp` }],
  };
}

async function seed(database: Database, from: number): Promise<void> {
  const rows = Array.from({ length: AT_ONCE }, (_one, offset) => {
    const agentId = String(from + offset);
    const record = { owner: `0x${agentId}`, uri: 'ipfs://x', metadata: {}, feedback: [] };
    return {
      id: `${REGISTRY}/${agentId}`,
      agent_id: agentId,
      record,
      profile: profileOf(from + offset),
    };
  });
  const text = JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  await database.query(
    sql`INSERT INTO registry.indexed_agents
        (id, registry, agent_id, revision, is_stale, block_number, record, profile)
      SELECT id, ${REGISTRY}, agent_id, ${from + 1}, false, 1, record, profile
      FROM json_to_recordset(${text}::json) AS one (id text, agent_id text, record jsonb, profile jsonb)`,
    z.unknown(),
  );
}

const executor = await openDatabase([registryPlugin]);
const database = new Database(executor);
for (let from = 0; from < AGENTS; from += AT_ONCE) await seed(database, from);
const directory = new AgentDirectory({
  ...{ database, registry: REGISTRY, trustedRaters: new Set<string>(), now: Date.now },
  freshen: () => Promise.resolve(undefined),
});

const search = async (index: number): Promise<void> => {
  const requirements = `${pick(VERBS, index)} ${pick(NOUNS, index * 3)}`;
  const { found } = await directory.discover(readCriteria({ requirements, maxCost: '0.5' }));
  if (found.length === 0) throw new RangeError('nothing was found');
};
const searchBySql = async (index: number): Promise<void> => {
  const [verb, noun] = [`%${pick(VERBS, index)}%`, `%${pick(NOUNS, index * 3)}%`];
  await executor.execute(
    sql`SELECT id, profile FROM registry.indexed_agents
      WHERE profile::text ILIKE ${verb} AND profile::text ILIKE ${noun} ORDER BY id LIMIT 10`,
  );
};

const first = await millisecondsOf(() => search(0));
const [ours, bySql]: [number[], number[]] = [[], []];
for (let index = 0; index < WARM_UP; index += 1) await search(index);
// In turn, so that a machine that slows down slows both.
for (let index = 0; index < SEARCHES; index += 1) {
  ours.push(await millisecondsOf(() => search(index)));
  if (index % 10 === 0) bySql.push(await millisecondsOf(() => searchBySql(index)));
}
const baseline = 'ILIKE on PGlite';
const bench = `discovery over ${String(AGENTS)} agents`;
for (const [name, share] of [
  ['p50', 0.5],
  ['p99', 0.99],
] as const)
  report({
    ...{ bench: `${bench}, ${name}`, unit: 'ms', baseline },
    ...{ value: percentile(ours, share), baselineValue: percentile(bySql, share) },
  });
report({
  ...{ bench: `${bench}, the first one`, unit: 'ms', baseline, value: first },
  baselineValue: percentile(bySql, 0.5),
});
process.exit(0);
