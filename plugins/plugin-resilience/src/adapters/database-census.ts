import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { CensusPart, Instance } from '../domain/census.ts';
import type { CensusSource } from '../ports/census-source.ts';
import type { Database } from '../store/database.ts';
import { UNKNOWN_REGION, type HomePlace } from './home-place.ts';

const serverRow = z.object({ version: z.string(), address: z.string().nullable() });
const replicaRow = z.object({ address: z.string().nullable() });

/** The database as it describes itself: where it is, and which replicas follow it now. */
export class DatabaseCensus implements CensusSource {
  readonly name = 'the database itself';
  readonly covers = ['database'] as const;
  readonly #database: Database;
  readonly #home: HomePlace;

  constructor(database: Database, home: HomePlace) {
    this.#database = database;
    this.#home = home;
  }

  async take(): Promise<CensusPart> {
    const [server] = await this.#database.query(
      sql`SELECT version() AS version, host(inet_server_addr()) AS address`,
      serverRow,
    );
    const replicas = await this.#database.query(
      sql`SELECT host(client_addr) AS address FROM pg_stat_replication
        WHERE state = 'streaming' ORDER BY 1`,
      replicaRow,
    );
    const primary = this.#instance(server?.address ?? null, nameOf(server?.version));
    const others = replicas.map(({ address }) => this.#instance(address, 'a replica'));
    const instances = [primary, ...others];
    return {
      classes: [
        {
          dependency: 'database',
          source: 'the database itself',
          pools: [{ name: 'the database', suppliers: [{ name: primary.name, weight: 1 }] }],
          couldUse: others.map(({ name }) => name),
        },
      ],
      capabilities: [{ name: 'records', instances }],
    };
  }

  // It has just answered. Without an address it is reached inside this machine.
  #instance(address: string | null, what: string): Instance {
    const { node, machine, region } = this.#home;
    const isHere = address === null || isLoopback(address);
    const place = isHere ? machine : address;
    return {
      name: `${what} on ${place}`,
      operator: isHere ? node : place,
      provider: place,
      region: isHere ? region : UNKNOWN_REGION,
      isHealthy: true,
    };
  }
}

function nameOf(version = ''): string {
  return /emcc|emscripten|pglite/i.test(version) ? 'the embedded database' : 'PostgreSQL';
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
