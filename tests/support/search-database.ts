import { sql } from 'drizzle-orm';
import { z } from 'zod';

interface Executor {
  execute(query: ReturnType<typeof sql>): Promise<{ rows: unknown[] }>;
}

const columns = z.array(z.object({ schema: z.string(), table: z.string(), column: z.string() }));
const found = z.tuple([z.object({ rows: z.number() })]);

/** Where a text stands in a database, in whatever column of whatever table: `schema.table.column`. */
export async function rowsWith(database: Executor, text: string): Promise<string[]> {
  const all = await database.execute(sql`
    SELECT table_schema AS schema, table_name AS table, column_name AS column
    FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
      AND (data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'USER-DEFINED'))`);
  const places: string[] = [];
  for (const { schema, table, column } of columns.parse(all.rows)) {
    const result = await database.execute(sql`
      SELECT count(*)::integer AS rows FROM ${sql.identifier(schema)}.${sql.identifier(table)}
      WHERE position(${text} IN ${sql.identifier(column)}::text) > 0`);
    if (found.parse(result.rows)[0].rows > 0) places.push(`${schema}.${table}.${column}`);
  }
  return places;
}
