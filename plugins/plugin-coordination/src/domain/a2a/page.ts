import { BaseError } from '@371os/kernel';

export class PageError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`The list cannot be shown: ${problem}.`);
  }
}

/** Something that changes. */
interface Dated {
  readonly id: string;
  readonly updatedAt: number;
}

/** Which page of a list is wanted. */
export interface PageRequest {
  readonly pageSize?: number | undefined;
  readonly pageToken: string;
  /** ISO 8601; only what changed then or later. */
  readonly statusTimestampAfter: string | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** '' on the last page. */
  readonly nextPageToken: string;
  readonly pageSize: number;
  /** How many there are on all pages. */
  readonly totalSize: number;
}

const DEFAULT_SIZE = 50;
const MOST_SIZE = 100;

/** One page of items, what changed last first. @throws PageError */
export function pageOf<Item extends Dated>(
  items: readonly Item[],
  request: PageRequest,
): Page<Item> {
  const pageSize = request.pageSize ?? DEFAULT_SIZE;
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MOST_SIZE)
    throw new PageError({ problem: 'pageSize is 1 to 100' });
  const sinceMs = sinceOf(request.statusTimestampAfter);
  const all = items
    .filter(({ updatedAt }) => updatedAt >= sinceMs)
    .sort((one, other) => (isBefore(one, other) ? -1 : 1));
  const after = readToken(request.pageToken);
  const left = after ? all.filter((item) => isBefore(after, item)) : all;
  const page = left.slice(0, pageSize);
  const last = page.at(-1);
  const nextPageToken =
    last && left.length > page.length ? `${String(last.updatedAt)}.${last.id}` : '';
  return { items: page, nextPageToken, pageSize: page.length, totalSize: all.length };
}

function isBefore(one: Dated, other: Dated): boolean {
  return (
    one.updatedAt > other.updatedAt || (one.updatedAt === other.updatedAt && one.id < other.id)
  );
}

function sinceOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const sinceMs = Date.parse(text);
  if (Number.isNaN(sinceMs)) throw new PageError({ problem: 'statusTimestampAfter is no time' });
  return sinceMs;
}

function readToken(token: string): Dated | undefined {
  if (token === '') return undefined;
  const [, updatedAt = '', id = ''] = /^(\d{1,16})\.(\S{1,200})$/.exec(token) ?? [];
  if (id === '') throw new PageError({ problem: 'pageToken is none of ours' });
  return { updatedAt: Number(updatedAt), id };
}
