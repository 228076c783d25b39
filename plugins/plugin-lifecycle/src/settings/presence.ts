import { integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of a process that shares its database with others. */
export const presenceSettings = z.object({
  /** How often a process gives a sign of life, in milliseconds. */
  LIFECYCLE_HEARTBEAT_MS: integerSetting(50, 60_000).default(1_000),
  /** How long a process that gives none keeps its agents, in seconds; some heartbeats at least. */
  LIFECYCLE_LEASE_SECONDS: integerSetting(1, 3_600).default(10),
});
