import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of failover. */
export const failoverSettings = z.object({
  /** Moves hosted agents that are lost or do not answer, without being asked. */
  RESILIENCE_FAILOVER: booleanSetting.default(true),
  /** How often agents are looked at, in milliseconds. */
  RESILIENCE_FAILOVER_EVERY_MS: integerSetting(200, 60_000).default(2_000),
});

export type FailoverSettings = Readonly<z.output<typeof failoverSettings>>;
