import { z } from 'zod';

/** Settings of the resilience officer that all its parts share. */
export const resilienceSettings = z.object({
  /** What this node is called; the name of the machine by default. */
  RESILIENCE_NODE_NAME: z
    .string()
    .regex(/^[\w.-]{1,63}$/, 'letters, digits, dots and hyphens are expected, 63 at most')
    .optional(),
});

export type ResilienceSettings = Readonly<z.output<typeof resilienceSettings>>;
