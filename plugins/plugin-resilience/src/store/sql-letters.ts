import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { MissingLetter, SentLetters } from '../domain/letters/causal-order.ts';
import type { SenderState } from '../domain/letters/judge-letter.ts';
import { answeredBy, letterSchema, NO_HASH, type Letter } from '../domain/letters/letter.ts';
import type { Receipt, Refusal } from '../domain/letters/receipt.ts';
import type { LetterStore, ReceiverState } from '../ports/letter-store.ts';
import type { SyncSample } from '../ports/sync-log.ts';
import type { Database } from './database.ts';

const number = z.coerce.number();
const moment = z
  .string()
  .nullable()
  .transform((text) => (text === null ? undefined : Number(text)));

const letterRow = z
  .object({ letter: z.string() })
  .transform(({ letter }) => letterSchema.parse(JSON.parse(letter)));
const doneRow = z.object({ done: z.boolean() });
const receiverRow = z.object({ newest: number, hash: z.string().nullable(), waiting: number });
const sentRow = z.object({ sender: z.string(), receiver: z.string(), number });
const numberRow = z.object({ number: number.nullable() });
const nameRow = z.object({ name: z.string() });
const hashRow = z.object({ hash: z.string() });
const stateRow = z.object({ newest: number, hash: z.string() });
const appliedRow = z.object({ sender: z.string(), number });
const heldRow = z.object({ held_ms: number });
const sampleRow = z
  .object({
    id: z.string(),
    made_at_ms: z.string().transform(Number),
    link_back_at_ms: moment,
    acknowledged_at_ms: moment,
    is_spoilt: z.boolean(),
  })
  .transform((row): SyncSample => ({
    id: row.id,
    madeAtMs: row.made_at_ms,
    linkBackAtMs: row.link_back_at_ms,
    verifiedAtMs: row.acknowledged_at_ms,
    isSpoilt: row.is_spoilt,
  }));

const MOST_SAMPLES = 10_000;
const MOST_UNANSWERED = 1_000;
const PRUNED_AT_ONCE = 1_000;

/** Letters in the database. What changes them is one statement each. */
export class SqlLetters implements LetterStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async receiver(id: string): Promise<ReceiverState> {
    const [state] = await this.#database.query(
      sql`SELECT coalesce(max(number), 0)::text AS newest,
          (array_agg(hash ORDER BY number DESC))[1] AS hash,
          count(*) FILTER (WHERE acknowledged_at IS NULL)::text AS waiting
        FROM resilience.letters_out WHERE receiver = ${id}`,
      receiverRow,
    );
    const sent: Record<string, Record<string, number>> = {};
    const rows = await this.#database.query(
      sql`SELECT sender, receiver, number::text AS number FROM resilience.letters_sent`,
      sentRow,
    );
    for (const row of rows) (sent[row.sender] ??= {})[row.receiver] = row.number;
    const { newest = 0, hash = null, waiting = 0 } = state ?? {};
    return { newest, hash: hash ?? NO_HASH, waiting, sent };
  }

  async add(letter: Letter, isCutOff: boolean): Promise<boolean> {
    const { id, receiver, hash, previous } = letter;
    const [row] = await this.#database.query(
      sql`WITH tail AS (
          SELECT number, hash FROM resilience.letters_out WHERE receiver = ${receiver}
          ORDER BY number DESC LIMIT 1),
        added AS (
          INSERT INTO resilience.letters_out (id, receiver, number, place, hash, letter, is_cut_off)
          SELECT ${id}, ${receiver}, ${letter.number}::bigint, ${placeOf(receiver, letter)}, ${hash},
            ${JSON.stringify(letter)}, ${isCutOff}::boolean
          WHERE coalesce((SELECT number FROM tail), 0) = ${letter.number - 1}::bigint
            AND coalesce((SELECT hash FROM tail), ${NO_HASH}) = ${previous}
          ON CONFLICT DO NOTHING RETURNING id),
        learned AS (${learning(letter, sql`added`)})
        SELECT EXISTS (SELECT FROM added) AS done`,
      doneRow,
    );
    return row?.done === true;
  }

  async find(id: string): Promise<Letter | undefined> {
    const [letter] = await this.#database.query(
      sql`SELECT letter FROM resilience.letters_out WHERE id = ${id}`,
      letterRow,
    );
    return letter;
  }

  async from(receiver: string, first: number, limit: number): Promise<Letter[]> {
    return this.#database.query(
      sql`SELECT letter FROM resilience.letters_out
        WHERE receiver = ${receiver} AND number >= ${first}::bigint
        ORDER BY number LIMIT ${limit}::integer`,
      letterRow,
    );
  }

  async firstWaiting(receiver: string): Promise<number | undefined> {
    const [row] = await this.#database.query(
      sql`SELECT min(number)::text AS number FROM resilience.letters_out
        WHERE receiver = ${receiver} AND acknowledged_at IS NULL`,
      numberRow,
    );
    return row?.number ?? undefined;
  }

  async receiversWaited(): Promise<string[]> {
    const rows = await this.#database.query(
      sql`SELECT DISTINCT receiver AS name FROM resilience.letters_out
        WHERE acknowledged_at IS NULL`,
      nameRow,
    );
    return rows.map(({ name }) => name);
  }

  async acknowledge(receiver: string, { newest, hash, outOfOrder }: Receipt): Promise<boolean> {
    const [row] = await this.#database.query(
      sql`WITH same AS (
          SELECT FROM resilience.letters_out
          WHERE receiver = ${receiver} AND number = ${newest}::bigint AND hash = ${hash}
          UNION ALL SELECT WHERE ${newest}::bigint = 0 AND ${hash}::text = ${NO_HASH}),
        acknowledged AS (
          UPDATE resilience.letters_out SET acknowledged_at = clock_timestamp(),
            link_back_at = CASE WHEN is_cut_off THEN coalesce(link_back_at, clock_timestamp()) END,
            is_spoilt = is_spoilt OR number = ANY (${numbers(outOfOrder)})
          WHERE receiver = ${receiver} AND number <= ${newest}::bigint AND acknowledged_at IS NULL
            AND EXISTS (SELECT FROM same))
        SELECT EXISTS (SELECT FROM same) AS done`,
      doneRow,
    );
    return row?.done === true;
  }

  async linkLost(receiver: string): Promise<void> {
    await this.#run(sql`UPDATE resilience.letters_out SET is_cut_off = true, link_back_at = NULL
      WHERE receiver = ${receiver} AND acknowledged_at IS NULL
        AND (NOT is_cut_off OR link_back_at IS NOT NULL)`);
  }

  async linkBack(receiver: string): Promise<void> {
    await this.#run(sql`UPDATE resilience.letters_out SET link_back_at = clock_timestamp()
      WHERE receiver = ${receiver} AND acknowledged_at IS NULL AND is_cut_off
        AND link_back_at IS NULL`);
  }

  async sender(id: string): Promise<SenderState> {
    const [state] = await this.#database.query(
      sql`SELECT newest::text AS newest, hash FROM resilience.letter_senders WHERE sender = ${id}`,
      stateRow,
    );
    return state ?? { newest: 0, hash: NO_HASH };
  }

  async applied(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#database.query(
      sql`SELECT sender, greatest(newest, given_up)::text AS number FROM resilience.letter_senders`,
      appliedRow,
    );
    return Object.fromEntries(rows.map((row) => [row.sender, row.number]));
  }

  async hashOf(sender: string, wanted: number): Promise<string | undefined> {
    const [row] = await this.#database.query(
      sql`SELECT hash FROM resilience.letters_in WHERE place = ${`${sender}/${String(wanted)}`}`,
      hashRow,
    );
    return row?.hash;
  }

  async learn(letter: Letter): Promise<void> {
    await this.#run(learning(letter, sql`(SELECT) AS always`));
  }

  async apply(letter: Letter): Promise<boolean> {
    const { sender, hash, previous } = letter;
    await this.#know(sender);
    const [row] = await this.#database.query(
      sql`WITH moved AS (
          UPDATE resilience.letter_senders SET newest = ${letter.number}::bigint, hash = ${hash}
          WHERE sender = ${sender} AND newest = ${letter.number - 1}::bigint AND hash = ${previous}
          RETURNING sender),
        kept AS (
          INSERT INTO resilience.letters_in (place, sender, number, hash, kind, letter, answers_to)
          SELECT ${placeOf(sender, letter)}, sender, ${letter.number}::bigint, ${hash},
            ${letter.kind}, ${JSON.stringify(letter)}, ${answeredBy(letter) ?? null}::text FROM moved)
        SELECT EXISTS (SELECT FROM moved) AS done`,
      doneRow,
    );
    return row?.done === true;
  }

  async heldMs(sender: string, wanted: number): Promise<number> {
    await this.#know(sender);
    const isSame = sql`held_number IS NOT DISTINCT FROM ${wanted}::bigint`;
    const [row] = await this.#database.query(
      sql`UPDATE resilience.letter_senders SET held_number = ${wanted}::bigint,
          held_since = CASE WHEN ${isSame} THEN held_since ELSE clock_timestamp() END
        WHERE sender = ${sender}
        RETURNING (extract(epoch FROM clock_timestamp() - held_since) * 1000)::bigint::text AS held_ms`,
      heldRow,
    );
    return row?.held_ms ?? 0;
  }

  async giveUp(missing: readonly MissingLetter[]): Promise<void> {
    for (const { sender } of missing) await this.#know(sender);
    await this.#run(sql`UPDATE resilience.letter_senders known
      SET given_up = greatest(known.given_up, missing.number)
      FROM json_to_recordset(${JSON.stringify(missing)}::json) AS missing(sender text, number bigint)
      WHERE known.sender = missing.sender`);
  }

  async noteRefusal(sender: string, why: Refusal): Promise<void> {
    await this.#know(sender);
    await this.#run(sql`UPDATE resilience.letter_senders SET refusals = refusals + 1,
      last_refusal = ${why}, last_refused_at = clock_timestamp() WHERE sender = ${sender}`);
  }

  async answerTo(letterId: string): Promise<Letter | undefined> {
    const [letter] = await this.#database.query(
      sql`SELECT letter FROM resilience.letters_in WHERE answers_to = ${letterId} LIMIT 1`,
      letterRow,
    );
    return letter;
  }

  async unanswered(): Promise<Letter[]> {
    return this.#database.query(
      sql`SELECT letter FROM resilience.letters_in task WHERE kind = 'task'
          AND applied_at > clock_timestamp() - interval '60 days'
          AND NOT EXISTS (SELECT FROM resilience.letters_out answer
            WHERE answer.id = 'answer:' || task.sender || ':' || task.number)
        ORDER BY applied_at LIMIT ${MOST_UNANSWERED}::integer`,
      letterRow,
    );
  }

  async prune(keepDays: number): Promise<void> {
    const old = sql`clock_timestamp() - ${keepDays}::integer * interval '1 day'`;
    await this.#run(sql`WITH out_gone AS (
        DELETE FROM resilience.letters_out WHERE id IN (
          SELECT id FROM resilience.letters_out letter WHERE acknowledged_at < ${old}
            AND number < (SELECT max(number) FROM resilience.letters_out newer
              WHERE newer.receiver = letter.receiver)
          LIMIT ${PRUNED_AT_ONCE}::integer))
      DELETE FROM resilience.letters_in WHERE place IN (
        SELECT place FROM resilience.letters_in letter WHERE applied_at < ${old}
          AND number < (SELECT newest FROM resilience.letter_senders known
            WHERE known.sender = letter.sender)
        LIMIT ${PRUNED_AT_ONCE}::integer)`);
  }

  async samples(sinceMs: number): Promise<SyncSample[]> {
    return this.#database.query(
      sql`SELECT id, ${inMs('made_at')}, ${inMs('link_back_at')}, ${inMs('acknowledged_at')}, is_spoilt
        FROM resilience.letters_out
        WHERE is_cut_off AND made_at >= to_timestamp(${sinceMs}::double precision / 1000)
        ORDER BY made_at DESC LIMIT ${MOST_SAMPLES}::integer`,
      sampleRow,
    );
  }

  async #know(sender: string): Promise<void> {
    await this.#run(sql`INSERT INTO resilience.letter_senders (sender, hash)
      VALUES (${sender}, ${NO_HASH}) ON CONFLICT DO NOTHING`);
  }

  async #run(statement: SQL): Promise<void> {
    await this.#database.query(statement, z.unknown());
  }
}

function placeOf(other: string, letter: Letter): string {
  return `${other}/${String(letter.number)}`;
}

// Part of a statement whose other part, `when`, has a row if the letter is kept.
function learning({ sent, sender, receiver, number: own }: Letter, when: SQL): SQL {
  const pairs = sentPairs({ ...sent, [sender]: { ...sent[sender], [receiver]: own } });
  return sql`INSERT INTO resilience.letters_sent AS known (pair, sender, receiver, number)
    SELECT pair.sender || '/' || pair.receiver, pair.sender, pair.receiver, pair.number
    FROM json_to_recordset(${JSON.stringify(pairs)}::json)
      AS pair(sender text, receiver text, number bigint), ${when}
    ON CONFLICT (pair) DO UPDATE SET number = greatest(known.number, excluded.number)`;
}

function sentPairs(sent: SentLetters): { sender: string; receiver: string; number: number }[] {
  return Object.entries(sent).flatMap(([sender, receivers]) =>
    Object.entries(receivers).map(([receiver, count]) => ({ sender, receiver, number: count })),
  );
}

function numbers(values: readonly number[]): SQL {
  return sql`ARRAY(SELECT value::bigint FROM json_array_elements_text(${JSON.stringify(values)}::json))`;
}

function inMs(column: string): SQL {
  return sql.raw(`(extract(epoch FROM ${column}) * 1000)::bigint::text AS ${column}_ms`);
}
