import type { IdSource, PicoUsd } from '@371os/kernel';
import { sql, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import type { FullOutcome } from '../domain/outcome.ts';
import { queueOf } from '../domain/queue-name.ts';
import type { Json, TaskFilter } from '../domain/task.ts';
import { ENDED, ENDED_BADLY, OPEN, WAITING } from '../domain/task-state.ts';
import type { JobQueue, NewJob } from '../ports.ts';
import type { Database } from './database.ts';
import { TASK_COLUMNS, taskRow, texts, type QueuedTask } from './rows.ts';

/** The channel that says which task has changed, and in which process. */
export const CHANGES = 'tasks_changed';

/** Who may change a task: the one attempt that is being made. */
export interface Held {
  readonly id: string;
  readonly attempt: number;
}

/** A task that is about to be kept. */
export interface PlannedTask {
  readonly id: string;
  readonly agent: string;
  readonly text: string;
  readonly state: 'SUBMITTED' | 'REJECTED';
  readonly answer: string;
  readonly reason: string;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly leaseSeconds: number;
  readonly priority: number;
  readonly parentId: string | null;
  readonly dependsOn: readonly string[];
  /** Null for one that waits for others or will never begin. */
  readonly jobId: string | null;
  readonly requesterId: string;
  readonly requesterRole: string;
  readonly roomId: string;
  readonly isConfidential: boolean;
  readonly idempotencyKey: string | null;
  /** JSON. */
  readonly data: string | null;
}

/** What a task's job is made of. */
interface Queueable extends Omit<NewJob, 'taskId' | 'delayMs' | 'id'> {
  readonly id: string;
  readonly agent: string;
  readonly jobId?: string | null | undefined;
}

/** A task that no longer needs to wait: all it waited for is done, or one of them never will be. */
export interface Released {
  readonly taskId: string;
  readonly brokenBy?: string | undefined;
}

/** How an attempt at a task came out. */
export interface AttemptEnd {
  readonly task: Pick<QueuedTask, 'id' | 'attempt'>;
  readonly outcome: FullOutcome;
}

/** Steps of a statement, and the rows that it answers with. */
interface Part {
  readonly steps: SQL;
  readonly rows: SQL;
}

/** What came of an exchange. */
export interface Exchanged {
  /** Those whose attempt held its task until then. */
  readonly ended: readonly QueuedTask[];
  readonly begun: readonly QueuedTask[];
  /** Jobs whose task is not theirs to do any more. */
  readonly inVain: readonly string[];
}

const exchangedRow = z
  .looseObject({ taken_id: z.string().nullable(), id: z.string().nullable() })
  .transform(({ taken_id, ...row }) => ({
    takenId: taken_id ?? undefined,
    task: row.id === null ? undefined : taskRow.parse(row),
  }));
const releasedRow = z
  .object({ task_id: z.string(), broken_by: z.string().nullable() })
  .transform((row): Released => ({ taskId: row.task_id, brokenBy: row.broken_by ?? undefined }));
const idRow = z.object({ id: z.string() });
const heldRow = z.object({ id: z.string(), attempt: z.number() });

const MOST_LISTED = 1_000;
const PRUNED_AT_ONCE = 500;

export interface TaskStoreInit {
  readonly database: Database;
  /** The same, for statements that every task goes through. */
  readonly prepared: Database;
  readonly queue: JobQueue;
  readonly newId: IdSource;
  /** Tells the changes of this process from those of others; no spaces. None when there are none. */
  readonly origin: string | undefined;
}

/**
 * Tasks in the database. What changes one says who may, so that nobody else does, and is one
 * statement with the job that it makes. A job that is not the one its task names does no harm.
 */
export class TaskStore {
  readonly #database: Database;
  readonly #prepared: Database;
  readonly #queue: JobQueue;
  readonly #newId: IdSource;
  readonly #origin: string | undefined;

  constructor(init: TaskStoreInit) {
    this.#database = init.database;
    this.#prepared = init.prepared;
    this.#queue = init.queue;
    this.#newId = init.newId;
    this.#origin = init.origin;
  }

  /**
   * Keeps tasks together with their jobs, all or none. Returns those that were new: one whose id or
   * idempotency key is known already is left as it is.
   */
  async add(planned: readonly PlannedTask[]): Promise<QueuedTask[]> {
    const waiting = planned.filter(({ state, jobId }) => state === 'SUBMITTED' && jobId === null);
    const jobs = await this.#jobs(planned.filter(({ jobId }) => jobId !== null));
    return this.#database.query(
      sql`WITH changed AS (${insertion(planned)} RETURNING *)
        ${waiting.length > 0 ? sql`, waiting AS (${insertionOfWaits(waiting)})` : sql``}
        ${jobs} ${this.#announced()}`,
      taskRow,
    );
  }

  /**
   * Keeps how attempts of an agent came out and that their jobs are done, and takes up to so many
   * jobs more and begins their tasks. A job that is not its task's turn any more is taken for nothing.
   * Other processes are not told: that is for {@link tell}.
   */
  async exchange(agent: string, ends: readonly AttemptEnd[], count: number): Promise<Exchanged> {
    const queue = queueOf(agent);
    await this.#queue.prepare(queue);
    const parts = [
      ...(ends.length > 0 ? [ending(queue, ends)] : []),
      ...(count > 0 ? [this.#beginning(queue, count)] : []),
    ];
    if (parts.length === 0) return { ended: [], begun: [], inVain: [] };
    const steps = parts.map((part) => part.steps);
    const results = parts.map((part) => part.rows);
    const rows = await this.#prepared.query(
      sql`WITH ${sql.join(steps, sql`, `)} ${sql.join(results, sql` UNION ALL `)}`,
      exchangedRow,
    );
    return {
      ended: rows.flatMap(({ takenId, task }) => (takenId === undefined && task ? [task] : [])),
      begun: rows.flatMap(({ takenId, task }) => (takenId !== undefined && task ? [task] : [])),
      inVain: rows.flatMap(({ takenId, task }) => (task ? [] : (takenId ?? []))),
    };
  }

  /**
   * Tells other processes of tasks that have changed. PostgreSQL lets one transaction at a time commit
   * that tells something, so the changes that every task goes through are told of afterwards, many
   * together; whoever waits for a task looks itself, too.
   */
  async tell(tasks: readonly Pick<QueuedTask, 'id' | 'state' | 'agent'>[]): Promise<void> {
    const origin = this.#origin;
    if (origin === undefined) return;
    const messages = tasks.map(({ id, state, agent }) => `${origin} ${id} ${state} ${agent}`);
    await this.#prepared.query(
      sql`SELECT set_config('synchronous_commit', 'off', true), pg_notify(${CHANGES}, message)::text
        FROM json_array_elements_text(${JSON.stringify(messages)}::json) AS told(message)`,
      z.unknown(),
    );
  }

  #beginning(queue: string, count: number): Part {
    return {
      steps: sql`taken AS (${this.#queue.handingOut(queue, count)}),
        begun AS (
          UPDATE tasks.tasks SET state = 'WORKING', attempt = attempt + 1, updated_at = now()
          FROM taken WHERE tasks.id = taken.data->>'taskId' AND tasks.job_id = taken.id::text
            AND tasks.state = 'SUBMITTED'
          RETURNING tasks.*)`,
      rows: sql`SELECT taken.id::text AS taken_id, news.* FROM taken
        LEFT JOIN (SELECT ${columnsOf('begun')} FROM begun) AS news
          ON news.job_id = taken.id::text`,
    };
  }

  /** Ends a task whose attempts have all failed; undefined when the attempt does not hold it. */
  async fail(held: Held, answer: string): Promise<QueuedTask | undefined> {
    const [task] = await this.#change(sql`
      UPDATE tasks.tasks SET state = 'FAILED', answer = ${answer}, failures = failures + 1,
        updated_at = now()
      WHERE ${isHeldBy(held)}`);
    return task;
  }

  /** Puts a task back into the queue after a failed attempt; undefined as for {@link fail}. */
  async tryAgain(
    task: QueuedTask,
    { answer, delayMs }: { answer: string; delayMs: number },
  ): Promise<QueuedTask | undefined> {
    const change = sql`failures = failures + 1, answer = ${answer}`;
    return (await this.#submitAgain([task], isHeldBy(task), change, delayMs))[0];
  }

  /** Puts a task back into the queue, without counting the attempt as a failed one. */
  async giveBack(task: QueuedTask): Promise<QueuedTask | undefined> {
    return (await this.#submitAgain([task], isHeldBy(task)))[0];
  }

  /** Gives a task a new job in place of one that nobody began, or that it waited for others with. */
  async queueAgain(tasks: readonly QueuedTask[]): Promise<QueuedTask[]> {
    const [first] = tasks;
    if (!first) return [];
    const same = sql`state = 'SUBMITTED' AND job_id IS NOT DISTINCT FROM ${first.jobId ?? null}`;
    return this.#submitAgain(tasks, same);
  }

  /** Has tasks that wait for something go on. Those that do not wait any more are left alone. */
  async goOn(
    tasks: readonly QueuedTask[],
    more: Readonly<Record<string, Json>> = {},
  ): Promise<QueuedTask[]> {
    const waits = sql`state = ANY (${texts(WAITING)})`;
    const added = JSON.stringify(more);
    const data = sql`CASE WHEN ${added}::text = '{}' THEN data
      ELSE (coalesce(data, '{}')::jsonb || ${added}::jsonb)::text END`;
    return this.#submitAgain(tasks, waits, sql`failures = 0, answer = '', data = ${data}`);
  }

  /** Ends a task and all its parts, as far as they have not ended, and returns those it ended. */
  async cancel(id: string, answer: string): Promise<QueuedTask[]> {
    return this.#database.query(
      sql`WITH RECURSIVE tree AS (
          SELECT id FROM tasks.tasks WHERE id = ${id}
          UNION SELECT part.id FROM tasks.tasks part JOIN tree ON part.parent_id = tree.id),
        changed AS (
          UPDATE tasks.tasks SET state = 'CANCELED', answer = ${answer}, updated_at = now()
          WHERE id IN (SELECT id FROM tree) AND state = ANY (${texts(OPEN)}) RETURNING *),
        gone AS (DELETE FROM tasks.waits WHERE task_id IN (SELECT id FROM changed))
        ${this.#announced()}`,
      taskRow,
    );
  }

  /** Raises what a task that has ended cost. */
  async keepCost(id: string, costPico: PicoUsd): Promise<void> {
    await this.#database.query(
      sql`UPDATE tasks.tasks SET cost_pico = ${costPico.toString()}::bigint
        WHERE id = ${id} AND state = ANY (${texts(ENDED)}) AND cost_pico < ${costPico.toString()}::bigint
        RETURNING id`,
      idRow,
    );
  }

  /**
   * Forgets tasks that ended so many days ago, 500 at most, with their steps; returns how many. What
   * an open task comes from or builds on is kept.
   */
  async prune(keepDays: number): Promise<number> {
    const rows = await this.#database.query(
      sql`WITH old AS MATERIALIZED (
          SELECT id FROM tasks.tasks task
          WHERE state = ANY (${texts(ENDED)})
            AND updated_at < now() - ${keepDays}::integer * interval '1 day'
            AND NOT EXISTS (
              SELECT FROM tasks.tasks open WHERE open.state = ANY (${texts(OPEN)})
                AND (open.parent_id = task.id OR task.id = ANY (open.depends_on)))
          LIMIT ${PRUNED_AT_ONCE}::integer),
        gone AS (DELETE FROM tasks.steps WHERE owner IN (SELECT id FROM old))
        DELETE FROM tasks.tasks WHERE id IN (SELECT id FROM old) RETURNING id`,
      idRow,
    );
    return rows.length;
  }

  /** Tasks that need not wait any more: of those that wait for `endedId`, of some, or of all. */
  async listReleased(
    which: { endedId: string } | { taskIds: readonly string[] } | 'all',
  ): Promise<Released[]> {
    const condition =
      which === 'all'
        ? sql`true`
        : 'endedId' in which
          ? sql`task_id IN (SELECT task_id FROM tasks.waits WHERE depends_on = ${which.endedId})`
          : sql`task_id = ANY (${texts(which.taskIds)})`;
    const isBroken = sql`needed.state = ANY (${texts(ENDED_BADLY)})`;
    return this.#database.query(
      sql`SELECT task_id, min(needed.id) FILTER (WHERE ${isBroken}) AS broken_by
        FROM tasks.waits JOIN tasks.tasks needed ON needed.id = waits.depends_on
        WHERE ${condition} GROUP BY task_id
        HAVING bool_and(needed.state = 'COMPLETED') OR bool_or(${isBroken})`,
      releasedRow,
    );
  }

  /** Ends a task that waited in vain; undefined when it does not wait. */
  async failWaiting(id: string, answer: string): Promise<QueuedTask | undefined> {
    const [task] = await this.#database.query(
      sql`WITH changed AS (
          UPDATE tasks.tasks SET state = 'FAILED', answer = ${answer}, updated_at = now()
          WHERE id = ${id} AND state = 'SUBMITTED' AND job_id IS NULL RETURNING *),
        gone AS (DELETE FROM tasks.waits WHERE task_id IN (SELECT id FROM changed))
        ${this.#announced()}`,
      taskRow,
    );
    return task;
  }

  /**
   * Open tasks whose job is gone or, when nobody else can be working, being done. Their worker has
   * died.
   */
  async listOrphans(isAlone: boolean, states = ['SUBMITTED', 'WORKING']): Promise<QueuedTask[]> {
    const alive = isAlone ? ['created', 'retry'] : ['created', 'retry', 'active'];
    return this.#database.query(
      sql`SELECT ${TASK_COLUMNS} FROM tasks.tasks task
        WHERE state = ANY (${texts(states)}) AND job_id IS NOT NULL AND NOT EXISTS (
          SELECT FROM pgboss.job WHERE job.id = task.job_id::uuid
            AND job.state::text = ANY (${texts(alive)}))
        ORDER BY created_at`,
      taskRow,
    );
  }

  /** Of attempts, those that still hold their task. */
  async listHeld(attempts: readonly Held[]): Promise<Held[]> {
    return this.#database.query(
      sql`SELECT task.id, task.attempt FROM json_to_recordset(${JSON.stringify(attempts)}::json)
          AS held(id text, attempt integer)
        JOIN tasks.tasks task ON task.id = held.id AND task.attempt = held.attempt
        WHERE task.state = 'WORKING'`,
      heldRow,
    );
  }

  async read(ids: readonly string[]): Promise<QueuedTask[]> {
    if (ids.length === 0) return [];
    return this.#select(sql`id = ANY (${texts(ids)})`, sql`created_at`);
  }

  /** Tasks by id or by idempotency key. */
  async readKnown(ids: readonly string[], keys: readonly string[]): Promise<QueuedTask[]> {
    return this.#select(
      sql`id = ANY (${texts(ids)}) OR idempotency_key = ANY (${texts(keys)})`,
      sql`created_at`,
    );
  }

  /** Ids that begin so, two at most. */
  async listIds(prefix: string): Promise<string[]> {
    const rows = await this.#database.query(
      sql`SELECT id FROM tasks.tasks WHERE starts_with(id, ${prefix}) ORDER BY id = ${prefix} DESC, id LIMIT 2`,
      idRow,
    );
    return rows.map(({ id }) => id);
  }

  /** Newest first. */
  async list(filter: TaskFilter): Promise<QueuedTask[]> {
    const conditions = [
      ...(filter.states ? [sql`state = ANY (${texts(filter.states)})`] : []),
      ...equal('agent', filter.agent),
      ...equal('requester_id', filter.requesterId),
      ...equal('parent_id', filter.parentId),
      ...equal('room_id', filter.roomId),
      ...equal('waiting_for', filter.waitingFor),
    ];
    const limit = Math.min(Math.max(1, Math.trunc(filter.limit ?? 20)), MOST_LISTED);
    return this.#select(
      conditions.length > 0 ? sql.join(conditions, sql` AND `) : sql`true`,
      sql`created_at DESC, id LIMIT ${limit}::integer`,
    );
  }

  #select(condition: SQL, order: SQL): Promise<QueuedTask[]> {
    return this.#database.query(
      sql`SELECT ${TASK_COLUMNS} FROM tasks.tasks WHERE ${condition} ORDER BY ${order}`,
      taskRow,
    );
  }

  #change(update: SQL): Promise<QueuedTask[]> {
    return this.#database.query(sql`${update} RETURNING ${this.#news('tasks')}`, taskRow);
  }

  #announced(): SQL {
    return sql`SELECT ${this.#news('changed')} FROM changed`;
  }

  // Changed tasks. Other processes that listen are told of them, once they are there for them to see.
  #news(source: 'tasks' | 'changed'): SQL {
    const columns = columnsOf(source);
    if (this.#origin === undefined) return columns;
    const message = sql`${`${this.#origin} `} || id || ' ' || state || ' ' || agent`;
    return sql`${columns}, pg_notify(${CHANGES}, ${message})::text AS announced`;
  }

  async #submitAgain(
    tasks: readonly QueuedTask[],
    condition: SQL,
    change: SQL = sql`failures = failures`,
    delayMs = 0,
  ): Promise<QueuedTask[]> {
    if (tasks.length === 0) return [];
    const again = tasks.map((task) => ({ ...task, jobId: this.#newId() }));
    const going = JSON.stringify(again.map(({ id, jobId }) => ({ id, new_job_id: jobId })));
    return this.#database.query(
      sql`WITH changed AS (
          UPDATE tasks.tasks SET state = 'SUBMITTED', job_id = new_job_id, waiting_for = NULL,
            updated_at = now(), ${change}
          FROM json_to_recordset(${going}::json) AS going(id text, new_job_id text)
          WHERE tasks.id = going.id AND ${condition} RETURNING tasks.*),
        gone AS (DELETE FROM tasks.waits WHERE task_id IN (SELECT id FROM changed))
        ${await this.#jobs(again, delayMs)} ${this.#announced()}`,
      taskRow,
    );
  }

  // The part of a statement that puts jobs of tasks it has changed into their queues.
  async #jobs(tasks: readonly Queueable[], delayMs = 0): Promise<SQL> {
    const parts: SQL[] = [];
    for (const [agent, group] of Map.groupBy(tasks, (task) => task.agent)) {
      const queue = queueOf(agent);
      await this.#queue.prepare(queue);
      const inserted = this.#queue.insertion(
        queue,
        group.map((task) => jobOf(task, delayMs)),
        sql`SELECT changed.id FROM changed`,
      );
      parts.push(sql`, ${sql.identifier(`jobs_${String(parts.length)}`)} AS (${inserted})`);
    }
    return sql.join(parts);
  }
}

function presentEnd({ task, outcome }: AttemptEnd): Record<string, unknown> {
  const { state, answer, model, costPico, waitingFor } = outcome;
  return {
    ...{ id: task.id, attempt: task.attempt, state, answer, model },
    cost_pico: costPico.toString(),
    waiting_for: waitingFor ?? null,
  };
}

function jobOf(task: Queueable, delayMs: number): NewJob {
  const { jobId, id, priority, leaseSeconds, timeoutMs } = task;
  return { id: jobId ?? '', taskId: id, priority, leaseSeconds, timeoutMs, delayMs };
}

function isHeldBy({ id, attempt }: Held): SQL {
  return sql`tasks.id = ${id} AND attempt = ${attempt}::integer AND state = 'WORKING'`;
}

function ending(queue: string, ends: readonly AttemptEnd[]): Part {
  return {
    steps: sql`outcome AS (
        SELECT * FROM json_to_recordset(${JSON.stringify(ends.map(presentEnd))}::json) AS outcome(
          id text, attempt integer, state text, answer text, model text, cost_pico text,
          waiting_for text)),
      ended AS (
        UPDATE tasks.tasks SET state = outcome.state, answer = outcome.answer,
          model = outcome.model, cost_pico = outcome.cost_pico::bigint,
          waiting_for = outcome.waiting_for, updated_at = now()
        FROM outcome WHERE tasks.id = outcome.id AND tasks.attempt = outcome.attempt
          AND tasks.state = 'WORKING'
        RETURNING tasks.*),
      done AS (
        UPDATE pgboss.job SET state = 'completed', completed_on = now()
        FROM ended WHERE job.name = ${queue} AND job.id = ended.job_id::uuid
          AND job.state = 'active')`,
    rows: sql`SELECT NULL AS taken_id, ${columnsOf('ended')} FROM ended`,
  };
}

function columnsOf(source: 'tasks' | 'changed' | 'ended' | 'begun'): SQL {
  return sql`${TASK_COLUMNS}, EXISTS (
    SELECT FROM tasks.waits WHERE waits.depends_on = ${sql.identifier(source)}.id) AS has_dependents`;
}

function equal(column: string, value: string | undefined): SQL[] {
  return value === undefined ? [] : [sql`${sql.identifier(column)} = ${value}`];
}

function insertion(planned: readonly PlannedTask[]): SQL {
  return sql`
    INSERT INTO tasks.tasks (id, agent, text, state, answer, reason, max_attempts, timeout_ms,
      lease_seconds, priority, parent_id, depends_on, job_id, requester_id, requester_role, room_id,
      is_confidential, idempotency_key, data, created_at)
    SELECT id, agent, text, state, answer, reason, "maxAttempts", "timeoutMs", "leaseSeconds",
      priority, "parentId", ARRAY(SELECT json_array_elements_text("dependsOn")), "jobId",
      "requesterId", "requesterRole", "roomId", "isConfidential", "idempotencyKey", data,
      clock_timestamp()
    FROM json_to_recordset(${JSON.stringify(planned)}::json) AS planned(id text, agent text,
      text text, state text, answer text, reason text, "maxAttempts" integer, "timeoutMs" integer,
      "leaseSeconds" integer, priority integer, "parentId" text, "dependsOn" json, "jobId" text,
      "requesterId" text, "requesterRole" text, "roomId" text, "isConfidential" boolean,
      "idempotencyKey" text, data text)
    ON CONFLICT DO NOTHING`;
}

function insertionOfWaits(waiting: readonly PlannedTask[]): SQL {
  const edges = waiting.flatMap(({ id, dependsOn }) =>
    [...new Set(dependsOn)].map((needed) => ({ id: `${id} ${needed}`, task: id, needed })),
  );
  return sql`
    INSERT INTO tasks.waits (id, task_id, depends_on)
    SELECT id, task, needed FROM json_to_recordset(${JSON.stringify(edges)}::json)
      AS edge(id text, task text, needed text)
    WHERE task IN (SELECT changed.id FROM changed)
    ON CONFLICT DO NOTHING`;
}
