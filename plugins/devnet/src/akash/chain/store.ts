import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Format } from './codec.ts';

/**
 * The state of the chain: tables of records by key, in one SQLite file (or `:memory:`). What
 * happens in a block is one SQLite transaction, what happens in a chain transaction a savepoint of
 * it, so that a process that is killed leaves the state of the last whole block.
 */
export class Store {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #list: StatementSync;
  #depth = 0;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS records (
        name TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name, key)
      ) WITHOUT ROWID`);
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#get = prepare('SELECT value FROM records WHERE name = ? AND key = ?');
    this.#set = prepare('INSERT OR REPLACE INTO records (name, key, value) VALUES (?, ?, ?)');
    this.#delete = prepare('DELETE FROM records WHERE name = ? AND key = ?');
    this.#list = prepare(
      'SELECT key, value FROM records WHERE name = ? AND key >= ? AND key < ? ORDER BY key',
    );
  }

  table<Value>(name: string, format: Format<Value>): Table<Value> {
    return {
      get: (key) => {
        const row = this.#get.get(name, key);
        return row && format.decode(row['value'] as Uint8Array);
      },
      set: (key, value) => {
        this.#set.run(name, key, format.encode(value));
      },
      delete: (key) => {
        this.#delete.run(name, key);
      },
      list: (prefix = '') =>
        this.#list
          .all(name, prefix, `${prefix}\u{10ffff}`)
          .map((row) => [row['key'] as string, format.decode(row['value'] as Uint8Array)]),
    };
  }

  /** Runs `work`; whatever it wrote is undone when it throws. Transactions nest. */
  transaction<Result>(work: () => Result): Result {
    const name = `level_${String(this.#depth)}`;
    this.#database.exec(this.#depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${name}`);
    this.#depth += 1;
    let isDone = false;
    try {
      const result = work();
      isDone = true;
      return result;
    } finally {
      this.#depth -= 1;
      this.#database.exec(this.#endOf(name, isDone));
    }
  }

  close(): void {
    this.#database.close();
  }

  #endOf(name: string, isDone: boolean): string {
    if (this.#depth === 0) return isDone ? 'COMMIT' : 'ROLLBACK';
    return isDone ? `RELEASE ${name}` : `ROLLBACK TO ${name}; RELEASE ${name}`;
  }
}

/** Records by key, in the order of their keys. */
export interface Table<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  /** All whose key begins with `prefix`. */
  list(prefix?: string): [key: string, value: Value][];
}
