import type { PGlite, protocol } from '@electric-sql/pglite';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { SqlExecutor } from './database.ts';

type Protocol = typeof protocol;
type Message = Awaited<ReturnType<PGlite['execProtocol']>>['messages'][number];
type Columns = InstanceType<Protocol['messages']['RowDescriptionMessage']>['fields'];
type Parsers = PGlite['parsers'];

/** A statement that PGlite has parsed, and the types of what goes in and comes out. */
interface Prepared {
  readonly name: string;
  readonly parameterTypes: readonly number[];
  readonly columns: Columns;
}

// date, timestamp, timestamptz and interval stay text, as drizzle leaves them.
const MOMENTS = new Set([1082, 1114, 1184, 1186]);
const NO_SUCH_STATEMENT = '26000';

const dialect = new PgDialect();
const executors = new WeakMap<object, SqlExecutor>();

/**
 * An executor that has PGlite parse each statement once. By its own `query` each execution is parsed
 * anew and enters the database six times, which takes twice as long as reserving does (measured
 * 2026-11-22). Statements over node-postgres go as they did: there the database is a process of its
 * own.
 * @param db what `runtime.db` offers
 */
export function preparedExecutor(db: SqlExecutor): SqlExecutor {
  const client = pgliteOf(db);
  if (!client) return db;
  const known = executors.get(client) ?? new PgliteExecutor(client);
  executors.set(client, known);
  return known;
}

function pgliteOf(db: object): PGlite | undefined {
  const client = '$client' in db ? db.$client : undefined;
  const isPglite = typeof client === 'object' && client !== null && 'execProtocol' in client;
  return isPglite ? (client as PGlite) : undefined;
}

class PgliteExecutor implements SqlExecutor {
  readonly #client: PGlite;
  readonly #known = new Map<string, Prepared>();
  #protocol: Promise<Protocol> | undefined;
  #named = 0;

  constructor(client: PGlite) {
    this.#client = client;
  }

  async execute(query: SQL): Promise<{ rows: unknown[] }> {
    // This, too, is what PGlite's own `query` does first; it throws when the database is closed.
    await this.#client._checkReady();
    const { serialize } = await (this.#protocol ??= loadProtocol());
    const { sql: text, params } = dialect.sqlToQuery(query);
    // The locks that PGlite's own `query` takes: there is one connection, and the statement must not
    // become part of a transaction that somebody else has open on it.
    return this.#client._runExclusiveTransaction(() =>
      this.#client.runExclusive(async () => ({ rows: await this.#run(serialize, text, params) })),
    );
  }

  async #run(
    serialize: Protocol['serialize'],
    text: string,
    params: readonly unknown[],
  ): Promise<unknown[]> {
    const statement = this.#known.get(text) ?? (await this.#prepare(serialize, text));
    const { name, parameterTypes, columns } = statement;
    const values = params.map((value, index) => this.#written(value, parameterTypes[index]));
    try {
      const messages = await this.#send([
        serialize.bind({ statement: name, values }),
        serialize.execute(),
        serialize.sync(),
      ]);
      return messages
        .filter(isRow)
        .map(({ fields }) => rowOf(columns, fields, this.#client.parsers));
    } catch (error) {
      if ((error as { code?: unknown }).code === NO_SUCH_STATEMENT) this.#known.delete(text);
      throw error;
    }
  }

  async #prepare(serialize: Protocol['serialize'], text: string): Promise<Prepared> {
    const name = `treasury_${String((this.#named += 1))}`;
    const messages = await this.#send([
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
      serialize.sync(),
    ]);
    const prepared = {
      name,
      parameterTypes: messages.find(areParameters)?.dataTypeIDs ?? [],
      columns: messages.find(areColumns)?.fields ?? [],
    };
    this.#known.set(text, prepared);
    return prepared;
  }

  #written(value: unknown, type = 0): string | null {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return value;
    return this.#client.serializers[type]?.(value) ?? JSON.stringify(value);
  }

  async #send(parts: readonly Uint8Array[]): Promise<readonly Message[]> {
    return (await this.#client.execProtocol(Buffer.concat(parts))).messages;
  }
}

async function loadProtocol(): Promise<Protocol> {
  return (await import('@electric-sql/pglite')).protocol;
}

function rowOf(
  columns: Columns,
  fields: readonly (string | null)[],
  parsers: Parsers,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [index, { name, dataTypeID }] of columns.entries()) {
    const field = fields[index] ?? null;
    const read = MOMENTS.has(dataTypeID) ? undefined : parsers[dataTypeID];
    row[name] = field === null || !read ? field : (read(field) as unknown);
  }
  return row;
}

type Messages = Protocol['messages'];

function isRow(message: Message): message is InstanceType<Messages['DataRowMessage']> {
  return message.name === 'dataRow';
}

function areColumns(message: Message): message is InstanceType<Messages['RowDescriptionMessage']> {
  return message.name === 'rowDescription';
}

function areParameters(
  message: Message,
): message is InstanceType<Messages['ParameterDescriptionMessage']> {
  return message.name === 'parameterDescription';
}
