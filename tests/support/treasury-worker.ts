// A process of its own that reserves: `treasury-worker.ts JSON`, where JSON has the place of the
// database and what to do. It says `ready`, waits for a line, and prints what became of it.
import { flushCompileCache } from 'node:module';
import { once } from 'node:events';
import { BaseError, readSettings } from '@371os/kernel';
import treasuryPlugin, { Books, Database, treasurySettings } from '@371os/plugin-treasury';
import { openDatabase } from './database.ts';

interface Order {
  readonly dataDir?: string;
  readonly postgresUrl?: string;
  readonly capUsd: string;
  readonly amountPico: string;
  readonly count: number;
  readonly ttlMs: number;
  /** What follows the reservations: settle them at this cost, or wait to be killed. */
  readonly settlePico?: string;
  /** As model calls ask, which are reserved ahead. */
  readonly chargeOnExpiry?: boolean;
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
const { dataDir, postgresUrl } = order;
const database = await openDatabase([treasuryPlugin], {
  ...(dataDir === undefined ? {} : { dataDir }),
  postgresUrl,
});
const settings = readSettings(treasurySettings, (key) =>
  key === 'TREASURY_LLM_CAP_USD' ? order.capUsd : undefined,
);
const books = new Books({ database: new Database(database), settings });
await books.open();
flushCompileCache();
console.log('ready');
await once(process.stdin, 'data');

const request = {
  category: 'llm',
  amountPico: BigInt(order.amountPico),
  scopes: { agent: `worker-${String(process.pid)}`, user: 'owner' },
  ttlMs: order.ttlMs,
  chargeOnExpiry: order.chargeOnExpiry,
} as const;
const results = await Promise.allSettled(
  Array.from({ length: order.count }, () => books.reserve(request)),
);
const granted = results.flatMap((result) =>
  result.status === 'fulfilled' ? [result.value.id] : [],
);
const codes = results.flatMap((result) =>
  result.status === 'rejected'
    ? [BaseError.isInstance(result.reason) ? result.reason.code : String(result.reason)]
    : [],
);
if (order.settlePico !== undefined) {
  const usage = { provider: 'p', model: 'm', tokensIn: 1, tokensOut: 1, status: 'ok' } as const;
  const costPico = BigInt(order.settlePico);
  await Promise.all(granted.map((id) => books.settle(id, { ...usage, costPico })));
}
const outcome = { granted, codes: [...new Set(codes)], refused: codes.length };
console.log(`outcome ${JSON.stringify(outcome)}`);
if (order.settlePico === undefined) await once(process.stdin, 'end');
await database.close();
process.exit(0);
