import { z } from 'zod';
import { DRILL_KINDS } from './drill.ts';

const entry = z.strictObject({
  kind: z.enum(DRILL_KINDS),
  target: z.string().trim().min(1).max(200),
  seconds: z.int().min(0).max(300).optional(),
  everyDays: z.int().min(1).max(366),
  /** UTC. */
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time like 03:00 is expected'),
  approvedBy: z.string().trim().min(1).max(200),
});

/** A drill that comes by itself, approved once. */
export type ScheduledDrill = Readonly<z.output<typeof entry>>;

/** A schedule as JSON. */
export const drillSchedule = z.string().transform((text, context): readonly ScheduledDrill[] => {
  const read = z.array(entry).max(50).safeParse(parsed(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue?.path.join('.') ?? '';
  const message = `a JSON list of {kind, target, everyDays, at, approvedBy} is expected${where === '' ? '' : `; ${where}: ${issue?.message ?? ''}`}`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const DAY_MS = 86_400_000;
// Whoever was off at the time waits for the next day: nobody expects a drill at another hour.
const GRACE_MS = 600_000;

/**
 * Whether a drill is due: its time of day has come within the last ten minutes, and the last one was so
 * many days ago. Moments are milliseconds since 1970.
 */
export function isDue(
  { everyDays, at }: Pick<ScheduledDrill, 'everyDays' | 'at'>,
  lastAtMs: number | undefined,
  nowMs: number,
): boolean {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const sinceMs = (nowMs - (hours * 60 + minutes) * 60_000) % DAY_MS;
  if (sinceMs >= GRACE_MS) return false;
  // The last one may have begun some minutes after its time.
  return lastAtMs === undefined || nowMs - lastAtMs >= everyDays * DAY_MS - 2 * GRACE_MS;
}
