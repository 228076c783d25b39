import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of probing and of backup mode. */
export const modeSettings = z.object({
  /** How often everything that the company depends on is probed, in milliseconds. */
  RESILIENCE_PROBE_MS: integerSetting(100, 3_600_000).default(2_000),
  /** A domain to probe DNS with; by default that of the first endpoint in the internet. */
  RESILIENCE_DNS_NAME: z
    .string()
    .regex(
      /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/i,
      'a domain such as example.com is expected',
    )
    .optional(),
  /** Whether backup mode is entered by itself when the internet is gone. */
  RESILIENCE_AUTOMATIC: booleanSetting.default(true),
  /** Whether it is left by itself, too, when it was entered so. */
  RESILIENCE_AUTOMATIC_RETURN: booleanSetting.default(false),
  /** For how long most must answer until an outage is over, in milliseconds. */
  RESILIENCE_STABLE_MS: integerSetting(500, 86_400_000).default(30_000),
});

export type ModeSettings = Readonly<z.output<typeof modeSettings>>;
