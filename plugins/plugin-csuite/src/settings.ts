import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the officers. The figures of their rules are not among them. */
export const csuiteSettings = z.object({
  /** How long after a look at the community the next one is due, in milliseconds. */
  CSUITE_RECHECK_MS: integerSetting(60_000, 604_800_000).default(3_600_000),
  /** How many of the newest tasks a review of outcomes reads. */
  CSUITE_REVIEW_TASKS: integerSetting(10, 1_000).default(500),
});

export type CsuiteSettings = Readonly<z.output<typeof csuiteSettings>>;
