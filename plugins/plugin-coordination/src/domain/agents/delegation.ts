/** Something that is to be done, by this agent or by whoever fits. */
export interface Order {
  readonly text: string;
  readonly agent?: string | undefined;
}

/** How orders are carried out. */
export interface Terms {
  /** The conversation of the asker that it belongs to. */
  readonly room: string;
  /** Asked again under the same key, it is the same request. */
  readonly key?: string | undefined;
  /** How long the asker waits for the end; it goes on afterwards. */
  readonly waitMs: number;
  /** How often it was handed on before it came here. */
  readonly hops: number;
  /** The tasks that it comes from, of this company and others, oldest first. */
  readonly origins: readonly string[];
}

/** A task as programs see it. */
export interface TaskView {
  readonly id: string;
  readonly agent: string;
  readonly state: string;
  readonly answer: string;
}

/** What came of orders so far. */
export interface Delegated<View extends TaskView> {
  /** ENDED, or WORKING when it goes on. */
  readonly state: 'ENDED' | 'WORKING';
  readonly answer: string;
  readonly tasks: readonly View[];
}

/** Where the count of how often something was handed on stands in a message of MCP. */
export const HOPS = 'os371/hops';

/** Where the ids of the tasks stand that it comes from. */
export const ORIGINS = 'os371/tasks';

type Meta = Readonly<Record<string, unknown>>;

const MOST_COUNTED = 1_000;
const MOST_ORIGINS = 16;
const TASK_ID = /^[\da-f-]{36}$/i;

/** How often a message was handed on, as it says itself: what is no count is none. */
export function hopsIn(meta: Meta | undefined): number {
  const hops = meta?.[HOPS];
  return Number.isInteger(hops) ? Math.min(Math.max(Number(hops), 0), MOST_COUNTED) : 0;
}

/** The tasks that a message comes from, as it says itself. */
export function originsIn(meta: Meta | undefined): string[] {
  const origins = meta?.[ORIGINS];
  if (!Array.isArray(origins)) return [];
  return origins
    .filter((id) => TASK_ID.test(String(id)))
    .map(String)
    .slice(-MOST_ORIGINS);
}

/** What a message says of where it comes from, so that no request goes round in a circle. */
export function metaOf(from: {
  readonly hops: number;
  readonly origins?: readonly string[] | undefined;
  readonly taskId?: string | undefined;
}): Record<string, unknown> {
  const origins = [...(from.origins ?? []), ...(from.taskId === undefined ? [] : [from.taskId])];
  return { [HOPS]: from.hops, [ORIGINS]: origins.slice(-MOST_ORIGINS) };
}
