import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { CONTENT_KINDS, contentSchema, type Content } from '../domain/contents/content.ts';
import type { Database } from './database.ts';

/** A content that has words of a question in it. */
export interface FoundContent {
  readonly cid: string;
  readonly kind: (typeof CONTENT_KINDS)[number];
  readonly title: string;
  readonly audience: string;
  readonly origin: string;
  /** Those of the question's words that it has. */
  readonly found: readonly string[];
}

export interface KeptContent {
  readonly cid: string;
  /** What it was made from; a newer one of the same takes its place. */
  readonly source: string;
  readonly content: Content;
  readonly words: readonly string[];
}

export const COPY = 'copy';

const MOST_COPIES = 1_000;
const MOST_CANDIDATES = 500;

const foundRow = z.object({
  cid: z.string(),
  kind: z.enum(CONTENT_KINDS),
  title: z.string(),
  audience: z.string(),
  origin: z.string(),
  found: z.array(z.string()),
});
const contentRow = z
  .object({
    kind: z.string(),
    title: z.string(),
    text: z.string(),
    audience: z.string(),
    origin: z.string(),
    made_at_ms: z.number(),
  })
  .transform(({ made_at_ms, ...row }) => contentSchema.parse({ ...row, madeAtMs: made_at_ms }));
const countRow = z.object({ word: z.string(), contents: z.coerce.number() });
const totalRow = z.object({ total: z.coerce.number() });
const sourceRow = z.object({ source: z.string(), cid: z.string() });

/** What this node keeps for itself and others. */
export class ContentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a content in the place of an older one of the same source; copies stand beside each other. */
  async keep({ cid, source, content, words }: KeptContent): Promise<void> {
    const { kind, title, text, audience, origin, madeAtMs } = content;
    await this.#database.query(
      sql`WITH gone AS (
          DELETE FROM resilience.contents
          WHERE source = ${source} AND source <> ${COPY} AND cid <> ${cid})
        INSERT INTO resilience.contents
          (cid, source, kind, title, text, audience, origin, made_at_ms, words)
        VALUES (${cid}, ${source}, ${kind}, ${title}, ${text}, ${audience}, ${origin},
          ${madeAtMs}::double precision,
          ARRAY(SELECT json_array_elements_text(${JSON.stringify(words)}::json)))
        ON CONFLICT (cid) DO UPDATE SET source = excluded.source, kept_at = clock_timestamp()`,
      z.unknown(),
    );
  }

  async get(cid: string): Promise<Content | undefined> {
    const [content] = await this.#database.query(
      sql`SELECT kind, title, text, audience, origin, made_at_ms FROM resilience.contents
        WHERE cid = ${cid}`,
      contentRow,
    );
    return content;
  }

  /** How many contents have each of some words, and how many there are. */
  async count(
    words: readonly string[],
  ): Promise<{ counts: { word: string; contents: number }[]; total: number }> {
    const counts = await this.#database.query(
      sql`SELECT word, count(contents.cid)::text AS contents
        FROM json_array_elements_text(${JSON.stringify(words)}::json) AS asked(word)
        LEFT JOIN resilience.contents ON asked.word = ANY (contents.words)
        GROUP BY word`,
      countRow,
    );
    const [row] = await this.#database.query(
      sql`SELECT count(*)::text AS total FROM resilience.contents`,
      totalRow,
    );
    return { counts, total: row?.total ?? 0 };
  }

  /** Contents that have some of the words, those with most of them first. */
  async having(words: readonly string[]): Promise<FoundContent[]> {
    const asked = sql`ARRAY(SELECT json_array_elements_text(${JSON.stringify(words)}::json))`;
    return this.#database.query(
      sql`SELECT cid, kind, title, audience, origin,
          ARRAY(SELECT word FROM unnest(words) AS word WHERE word = ANY (${asked})) AS found
        FROM resilience.contents WHERE words && ${asked}
        ORDER BY cardinality(ARRAY(SELECT word FROM unnest(words) AS word WHERE word = ANY (${asked})))
          DESC, made_at_ms DESC
        LIMIT ${MOST_CANDIDATES}::integer`,
      foundRow,
    );
  }

  /** What is kept from sources that begin so, by source. */
  async sources(prefix: string): Promise<Map<string, string>> {
    const rows = await this.#database.query(
      sql`SELECT source, cid FROM resilience.contents WHERE starts_with(source, ${prefix})`,
      sourceRow,
    );
    return new Map(rows.map(({ source, cid }) => [source, cid]));
  }

  /** Forgets what came from sources that are no more. */
  async forget(sources: readonly string[]): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.contents
        WHERE source IN (SELECT json_array_elements_text(${JSON.stringify(sources)}::json))`,
      z.unknown(),
    );
  }

  /** Forgets the oldest copies of other nodes' contents, beyond a thousand. */
  async forgetOldCopies(): Promise<void> {
    await this.#database.query(
      sql`DELETE FROM resilience.contents WHERE cid IN (
        SELECT cid FROM resilience.contents WHERE source = ${COPY}
        ORDER BY kept_at DESC OFFSET ${MOST_COPIES}::integer)`,
      z.unknown(),
    );
  }
}
