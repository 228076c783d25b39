import type { PicoUsd } from '@371os/kernel';
import { z } from 'zod';

const text = z.string().transform(storable);

/** What a handler may answer with. */
export const outcomeSchema = z.object({
  state: z.enum(['COMPLETED', 'FAILED', 'REJECTED', 'INPUT_REQUIRED', 'AUTH_REQUIRED']),
  answer: text,
  model: text.default('none'),
  costPico: z.bigint().nonnegative().default(0n),
  waitingFor: text.optional(),
});

/** How a piece of work came out. FAILED and REJECTED are final: there is no other attempt. */
export interface Outcome {
  readonly state: z.output<typeof outcomeSchema>['state'];
  /** The result, the question, or the sentence that says what went wrong. */
  readonly answer: string;
  /** `provider:model`; `none` by default. */
  readonly model?: string | undefined;
  readonly costPico?: PicoUsd | undefined;
  /** What has to come before it can go on, for INPUT_REQUIRED and AUTH_REQUIRED. */
  readonly waitingFor?: string | undefined;
}

/** What tasks wait for that need the internet while it is not used. */
export const INTERNET = 'internet';

/** An outcome with nothing left out. */
export type FullOutcome = z.output<typeof outcomeSchema>;

/** Text as PostgreSQL keeps it: no NUL, no half of a surrogate pair. */
export function storable(value: string): string {
  return value.replaceAll('\u0000', '').toWellFormed();
}
