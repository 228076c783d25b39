import { z } from 'zod';

/** The extension of A2A by which organisations tell each other how often a request was handed on. */
export const HAND_ON = 'urn:371os:a2a:hand-on:1';

// More was certainly handed on too often.
const MOST_HOPS = 100;
const MOST_TRACE = 32;

const handOn = z.object({
  /** How often the request was handed on before this message. */
  hops: z.number().int().min(0).max(MOST_HOPS),
  /** Ids of the tasks that it comes from, the oldest first, each as its organisation calls it. */
  trace: z
    .array(z.string().regex(/^[\w.:-]{1,200}$/))
    .max(MOST_TRACE)
    .default([]),
});
export type HandOn = z.output<typeof handOn>;

const NOT_HANDED_ON: HandOn = { hops: 0, trace: [] };

/** What a message says about where it comes from; undefined when that cannot be read. */
export function readHandOn(
  metadata: Readonly<Record<string, unknown>> | undefined,
): HandOn | undefined {
  const said = metadata?.[HAND_ON];
  if (said === undefined) return NOT_HANDED_ON;
  const parsed = handOn.safeParse(said);
  return parsed.success ? parsed.data : undefined;
}

/** What a message says that hands a request on. */
export function handedOn(from: {
  readonly hops: number;
  readonly origins?: readonly string[] | undefined;
  readonly taskId: string;
}): Record<string, HandOn> {
  const trace = [...(from.origins ?? []), from.taskId].slice(-MOST_TRACE);
  return { [HAND_ON]: { hops: Math.min(MOST_HOPS, from.hops), trace } };
}
