import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { Addition, Deletion, Entity, KnownGraph, Relation } from '../domain/memory/graph.ts';
import type { Space } from '../domain/memory/space.ts';
import type { Database } from './database.ts';

/** A write: where, by whom, and an id for each row that it may make. */
export interface Write {
  readonly space: Space;
  readonly by: string;
  readonly newId: () => string;
}

/** What is read of a space. */
export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  /** Any of the words, in small letters; what has most of them first. */
  | { readonly kind: 'words'; readonly words: readonly string[] };

export interface ChangedSpace extends Space {
  readonly change: number;
}

const text = z.string();
const moment = z.string().transform((at) => new Date(Number(at)).toISOString());
// As text: neither driver hands over times as exact numbers otherwise.
const ms = (expression: SQL): SQL => sql`(extract(epoch FROM ${expression}) * 1000)::bigint::text`;

const nameRow = z.object({ name: text });
const relationRow = z.object({ from: text, to: text, type: text });
const addedRow = z.object({ name: text, content: text.nullable(), is_missing: z.boolean() });
const countRow = z.object({ count: z.coerce.number() });

const spaceRow = z.object({
  organisation: text,
  agent: text,
  room: text,
  change: z.coerce.number(),
});

const graphRow = z
  .object({
    from: text.nullable(),
    to: text,
    type: text,
    by: text,
    at: moment,
    said: z.array(z.object({ content: text, by: text, at: moment })).nullable(),
  })
  .transform(({ by, at, said, ...row }) => ({ ...row, provenance: { by, at }, said: said ?? [] }));

const idOf = ({ organisation, agent, room }: Space): SQL => {
  const key = [organisation, agent, room].join('\u0001');
  return sql`encode(sha256(convert_to(${key}, 'UTF8')), 'hex')`;
};

/**
 * The shared memory. Each write is one statement that takes the row of its space first: it is kept
 * whole or not at all, whoever else writes there from whatever process.
 */
export class MemoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes entities that there are not yet. @returns the names of those that it made */
  async createEntities(
    entities: readonly Entity[],
    { space, by, newId }: Write,
  ): Promise<string[]> {
    const rows = await this.#database.query(
      sql`WITH asked AS (${numbered(entities.map((entity) => ({ id: newId(), ...entity })))}),
        first AS (SELECT DISTINCT ON (value->>'name') value, position FROM asked
          ORDER BY value->>'name', position),
        space AS (${touch(space)}),
        made AS (
          INSERT INTO coordination.memory_entities (id, space, name, type, by)
          SELECT value->>'id', space.id, value->>'name', value->>'entityType', ${by}
          FROM first CROSS JOIN space ORDER BY value->>'name'
          ON CONFLICT (space, name) DO NOTHING RETURNING id, name),
        said AS (
          INSERT INTO coordination.memory_observations (id, entity, content, position, by)
          SELECT ${observationId(sql`made.id`, sql`line.content`)}, made.id, line.content,
            line.position, ${by}
          FROM made JOIN first ON first.value->>'id' = made.id
          CROSS JOIN LATERAL jsonb_array_elements_text(first.value->'observations')
            WITH ORDINALITY AS line(content, position)
          ON CONFLICT (id) DO NOTHING)
        SELECT made.name FROM made JOIN first ON first.value->>'id' = made.id
        ORDER BY first.position`,
      nameRow,
    );
    return rows.map(({ name }) => name);
  }

  /** Makes relations that there are not yet. @returns those that it made */
  async createRelations(
    relations: readonly Relation[],
    { space, by, newId }: Write,
  ): Promise<Relation[]> {
    const rows = await this.#database.query(
      sql`WITH asked AS (${numbered(relations.map((relation) => ({ id: newId(), ...named(relation) })))}),
        space AS (${touch(space)})
        INSERT INTO coordination.memory_relations (id, space, from_name, to_name, type, by)
        SELECT value->>'id', space.id, value->>'source', value->>'target', value->>'relationType', ${by}
        FROM asked CROSS JOIN space ORDER BY position
        ON CONFLICT (space, from_name, to_name, type) DO NOTHING
        RETURNING from_name AS "from", to_name AS "to", type`,
      relationRow,
    );
    return rows.map(({ from, to, type: relationType }) => ({ from, to, relationType }));
  }

  /**
   * Adds what is not said yet. When an entity is not there, nothing is added.
   * @returns what was added, or the names of the missing
   */
  async addObservations(
    additions: readonly Addition[],
    { space, by }: Omit<Write, 'newId'>,
  ): Promise<{ missing: string[]; added: { name: string; content: string }[] }> {
    const rows = await this.#database.query(
      sql`WITH asked AS (${numbered(additions)}),
        space AS (${touch(space)}),
        known AS (
          SELECT entity.id, entity.name FROM coordination.memory_entities entity
          JOIN space ON space.id = entity.space
          WHERE entity.name IN (SELECT value->>'entityName' FROM asked) FOR SHARE OF entity),
        missing AS (
          SELECT DISTINCT value->>'entityName' AS name FROM asked
          WHERE value->>'entityName' NOT IN (SELECT name FROM known)),
        said AS (
          INSERT INTO coordination.memory_observations (id, entity, content, position, by)
          SELECT DISTINCT ON (known.id, line.content)
            ${observationId(sql`known.id`, sql`line.content`)}, known.id, line.content,
            space.change * 2000000 + asked.position * 1000 + line.position, ${by}
          FROM asked JOIN known ON known.name = asked.value->>'entityName' CROSS JOIN space
          CROSS JOIN LATERAL jsonb_array_elements_text(asked.value->'contents')
            WITH ORDINALITY AS line(content, position)
          WHERE NOT EXISTS (SELECT FROM missing)
          ORDER BY known.id, line.content, asked.position, line.position
          ON CONFLICT (id) DO NOTHING RETURNING entity, content, position)
        SELECT known.name, said.content, false AS is_missing, said.position
        FROM said JOIN known ON known.id = said.entity
        UNION ALL SELECT name, NULL, true, 0 FROM missing ORDER BY position`,
      addedRow,
    );
    return {
      missing: rows.filter((row) => row.is_missing).map(({ name }) => name),
      added: rows.flatMap(({ name, content }) => (content === null ? [] : { name, content })),
    };
  }

  /** Forgets entities, what was said of them, and their relations. */
  async deleteEntities(names: readonly string[], space: Space): Promise<void> {
    await this.#database.query(
      sql`WITH wanted AS (${numbered(names)}),
        space AS (${touch(space)}),
        gone AS (
          DELETE FROM coordination.memory_entities entity USING space
          WHERE entity.space = space.id AND entity.name IN (SELECT value #>> '{}' FROM wanted)
          RETURNING entity.id),
        said AS (
          DELETE FROM coordination.memory_observations
          WHERE entity IN (SELECT id FROM gone))
        DELETE FROM coordination.memory_relations relation USING space
        WHERE relation.space = space.id
          AND (relation.from_name IN (SELECT value #>> '{}' FROM wanted)
            OR relation.to_name IN (SELECT value #>> '{}' FROM wanted))`,
      z.unknown(),
    );
  }

  async deleteObservations(deletions: readonly Deletion[], space: Space): Promise<void> {
    await this.#database.query(
      sql`WITH asked AS (${numbered(deletions)}),
        space AS (${touch(space)})
        DELETE FROM coordination.memory_observations observation
        USING space, coordination.memory_entities entity, asked
        WHERE entity.space = space.id AND observation.entity = entity.id
          AND entity.name = asked.value->>'entityName'
          AND observation.content IN (SELECT jsonb_array_elements_text(asked.value->'observations'))`,
      z.unknown(),
    );
  }

  async deleteRelations(relations: readonly Relation[], space: Space): Promise<void> {
    await this.#database.query(
      sql`WITH asked AS (${numbered(relations.map(named))}),
        space AS (${touch(space)})
        DELETE FROM coordination.memory_relations relation USING space, asked
        WHERE relation.space = space.id AND relation.from_name = asked.value->>'source'
          AND relation.to_name = asked.value->>'target' AND relation.type = asked.value->>'relationType'`,
      z.unknown(),
    );
  }

  /** How many entities a space has. */
  async countEntities(space: Space): Promise<number> {
    const [row] = await this.#database.query(
      sql`SELECT count(*)::text AS count FROM coordination.memory_entities WHERE space = ${idOf(space)}`,
      countRow,
    );
    return row?.count ?? 0;
  }

  /** The entities that are looked for, and the relations that begin or end at one of them. */
  async read(space: Space, selection: Selection, limit: number): Promise<KnownGraph> {
    const rows = await this.#database.query(
      sql`WITH found AS (
          SELECT * FROM coordination.memory_entities entity
          WHERE entity.space = ${idOf(space)} AND ${condition(selection)}
          ORDER BY ${order(selection)} LIMIT ${limit}::integer)
        SELECT NULL AS "from", found.name AS "to", found.type, found.by, ${ms(sql`found.at`)} AS at,
          (SELECT jsonb_agg(jsonb_build_object('content', line.content, 'by', line.by,
              'at', ${ms(sql`line.at`)}) ORDER BY line.position)
            FROM coordination.memory_observations line WHERE line.entity = found.id) AS said,
          found.at AS made
        FROM found
        UNION ALL
        SELECT relation.from_name, relation.to_name, relation.type, relation.by,
          ${ms(sql`relation.at`)}, NULL, relation.at
        FROM coordination.memory_relations relation
        WHERE relation.space = ${idOf(space)} AND ${
          selection.kind === 'all'
            ? sql`true`
            : sql`(relation.from_name IN (SELECT name FROM found)
                OR relation.to_name IN (SELECT name FROM found))`
        }
        ORDER BY made, "from" NULLS FIRST, "to", type`,
      graphRow,
    );
    return {
      entities: rows
        .filter(({ from }) => from === null)
        .map(({ to: name, type: entityType, said, provenance }) => ({
          ...{ name, entityType, provenance },
          observations: said.map(({ content }) => content),
          said: said.map(({ by, at }) => ({ by, at })),
        })),
      relations: rows.flatMap(({ from, to, type: relationType, provenance }) =>
        from === null ? [] : { from, to, relationType, provenance },
      ),
    };
  }

  /** The newest spaces of an organisation. */
  async spaces(organisation: string, limit: number): Promise<ChangedSpace[]> {
    return this.#database.query(
      sql`SELECT organisation, agent, room, change::text FROM coordination.memory_spaces
        WHERE organisation = ${organisation} ORDER BY changed_at DESC LIMIT ${limit}::integer`,
      spaceRow,
    );
  }
}

function named({ from: source, to: target, relationType }: Relation): Record<string, string> {
  return { source, target, relationType };
}

function numbered(items: readonly unknown[]): SQL {
  return sql`SELECT value, position
    FROM jsonb_array_elements(${JSON.stringify(items)}::jsonb) WITH ORDINALITY AS item(value, position)`;
}

// Whoever writes in the same space waits here for whoever writes there now.
function touch(space: Space): SQL {
  const { organisation, agent, room } = space;
  return sql`INSERT INTO coordination.memory_spaces AS known (id, organisation, agent, room, change)
    VALUES (${idOf(space)}, ${organisation}, ${agent}, ${room}, 1)
    ON CONFLICT (id) DO UPDATE SET change = known.change + 1, changed_at = clock_timestamp()
    RETURNING id, change`;
}

// The same words about the same entity are one observation.
function observationId(entity: SQL, content: SQL): SQL {
  return sql`encode(sha256(convert_to(${entity} || ${content}, 'UTF8')), 'hex')`;
}

function condition(selection: Selection): SQL {
  if (selection.kind === 'all') return sql`true`;
  if (selection.kind === 'names')
    return sql`entity.name IN (SELECT jsonb_array_elements_text(${JSON.stringify(selection.names)}::jsonb))`;
  if (selection.kind === 'words') return sql`${hitsOf(selection.words)} > 0`;
  return has(sql`lower(${selection.query})`);
}

// Of more than are read, those that were asked for most.
function order(selection: Selection): SQL {
  return selection.kind === 'words'
    ? sql`${hitsOf(selection.words)} DESC, entity.at DESC, entity.name`
    : sql`entity.at, entity.name`;
}

function hitsOf(words: readonly string[]): SQL {
  return sql`(SELECT count(*) FROM jsonb_array_elements_text(${JSON.stringify(words)}::jsonb) AS word
    WHERE ${has(sql`word`)})`;
}

/** Whether an entity has a text, in small letters, in its name, its type, or what is said of it. */
function has(query: SQL): SQL {
  const isIn = (column: SQL): SQL => sql`position(${query} IN lower(${column})) > 0`;
  return sql`(${isIn(sql`entity.name`)} OR ${isIn(sql`entity.type`)} OR EXISTS (
    SELECT FROM coordination.memory_observations line
    WHERE line.entity = entity.id AND ${isIn(sql`line.content`)}))`;
}
