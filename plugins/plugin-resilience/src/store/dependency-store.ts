import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Dependency } from '../domain/dependency.ts';
import { DEPENDENCY_CLASSES } from '../domain/dependency-class.ts';
import type { Database } from './database.ts';

/** How a dependency came to be as it is. */
export type DependencyChange = Pick<
  Dependency,
  'name' | 'class' | 'supplier' | 'isOutside' | 'state' | 'problem'
>;

/** One that is depended on no more is `gone`. */
type Journaled = Omit<DependencyChange, 'state'> & { readonly state: Dependency['state'] | 'gone' };

const changeRow = z
  .object({
    name: z.string(),
    class: z.enum(DEPENDENCY_CLASSES),
    supplier: z.string(),
    is_outside: z.boolean(),
    state: z.enum(['up', 'down']),
    problem: z.string(),
    at_ms: z.string().transform(Number),
  })
  .transform(({ is_outside: isOutside, at_ms: atMs, ...same }) => ({
    ...same,
    isOutside,
    atMs,
  }));

/** The journal of what comes and goes of what the company depends on. */
export class DependencyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(id: string, dependency: Journaled, epoch: number): Promise<void> {
    const { name, supplier, isOutside, state, problem } = dependency;
    await this.#database.query(
      sql`INSERT INTO resilience.dependency_changes
          (id, name, class, supplier, is_outside, state, problem, epoch)
        VALUES (${id}, ${name}, ${dependency.class}, ${supplier}, ${isOutside}, ${state},
          ${state === 'down' ? problem : ''}, ${epoch}::bigint)`,
      z.unknown(),
    );
  }

  /** How each dependency was seen last, by whichever process led, and since when, in milliseconds since 1970. */
  async latest(): Promise<(DependencyChange & { readonly atMs: number })[]> {
    return this.#database.query(
      sql`SELECT * FROM (
          SELECT DISTINCT ON (name) name, class, supplier, is_outside, state, problem,
            (extract(epoch FROM at) * 1000)::bigint::text AS at_ms
          FROM resilience.dependency_changes ORDER BY name, at DESC) AS newest
        WHERE state <> 'gone'`,
      changeRow,
    );
  }

  /** Forgets what has been followed by something newer for so many days. */
  async prune(days: number): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.dependency_changes old
        WHERE at < clock_timestamp() - ${days}::integer * interval '1 day'
          AND EXISTS (SELECT FROM resilience.dependency_changes newer
            WHERE newer.name = old.name AND newer.at > old.at)`,
      z.unknown(),
    );
  }
}
