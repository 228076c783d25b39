import { integerSetting, parseUsd } from '@371os/kernel';
import { z } from 'zod';

/** Settings of agents' lives. */
export const lifecycleSettings = z.object({
  /** How many agents a company may have. */
  LIFECYCLE_MAX_AGENTS: integerSetting(1, 10_000).default(50),
  /** What the owner asks for over REST is approved by that, up to so many US dollars a month. */
  LIFECYCLE_APPROVAL_ABOVE_USD: z
    .string()
    .regex(/^\d{1,7}(\.\d{1,12})?$/, 'an amount such as 10.00 is expected')
    .transform(parseUsd)
    .prefault('10.00'),
  /** How long an agent that is ended may finish its tasks, in milliseconds. */
  LIFECYCLE_DRAIN_MS: integerSetting(0, 600_000).default(30_000),
  /** How long an agent may take to get ready, in milliseconds. */
  LIFECYCLE_READY_MS: integerSetting(1_000, 3_600_000).default(120_000),
  /** How long whoever asks for a change waits for its end, in milliseconds. */
  LIFECYCLE_ANSWER_MS: integerSetting(0, 3_600_000).default(90_000),
  /** How often agents and what they left over are looked after, in milliseconds. */
  LIFECYCLE_SWEEP_MS: integerSetting(1_000, 86_400_000).default(60_000),
  /** After how many hours without a task a created agent is retired; 0 is never. */
  LIFECYCLE_IDLE_HOURS: integerSetting(0, 8_760).default(0),
  /** How long before that its room is told, in minutes. */
  LIFECYCLE_NOTICE_MINUTES: integerSetting(0, 43_200).default(1_440),
});

export type LifecycleSettings = Readonly<z.output<typeof lifecycleSettings>>;
