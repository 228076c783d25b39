import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of what the company offers and uses over A2A. */
export const a2aSettings = z.object({
  /** Most requests of a principal a minute over A2A. */
  COORDINATION_A2A_PER_MINUTE: integerSetting(1, 100_000).default(120),
  /** Lets webhooks and other agents be on this machine's loopback, by plain HTTP too. */
  COORDINATION_A2A_LOOPBACK: booleanSetting.default(false),
});

export type A2aSettings = Readonly<z.output<typeof a2aSettings>>;
