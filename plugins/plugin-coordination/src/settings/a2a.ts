import { booleanSetting, integerSetting, parseUsd } from '@371os/kernel';
import { z } from 'zod';

const price = z
  .union([z.string(), z.number().nonnegative()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,7}(\.\d{1,12})?$/, 'a price is US dollars, such as 0.05'))
  .transform(parseUsd);

const remoteAgent = z
  .strictObject({
    /** Of the agent's card, or of the agent that serves it where cards are served. */
    url: z.url({ protocol: /^https?$/ }).optional(),
    /** Its number, id or name in the registry, instead of an address. */
    agent: z.string().min(1).max(200).optional(),
    /** What a task costs; one of the registry says so itself. */
    usdPerTask: price.optional(),
    /** Its department; a name of its own by default, so that people have to ask for it, or for what it says it does. */
    role: z.string().min(1).max(64).optional(),
    /** The thumbprint of the key that its card has to be signed with. */
    key: z
      .string()
      .regex(/^[\w-]{43}$/)
      .optional(),
  })
  .refine(({ url, agent }) => (url === undefined) !== (agent === undefined), {
    message: 'either url or agent is expected',
  });
export type RemoteAgentSetting = z.output<typeof remoteAgent>;

/** JSON, as text or, in a setting file, as it is. */
function json<Shape extends z.ZodType>(shape: Shape) {
  return z.preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'JSON is expected' });
      return z.NEVER;
    }
  }, shape);
}

/** Settings of what the company offers and uses over A2A. */
export const a2aSettings = z.object({
  /** Most requests of a principal a minute over A2A. */
  COORDINATION_A2A_PER_MINUTE: integerSetting(1, 100_000).default(120),
  /** Lets webhooks and other agents be on this machine's loopback, by plain HTTP too. */
  COORDINATION_A2A_LOOPBACK: booleanSetting.default(false),
  /** Agents of others that tasks can be handed to, as JSON. */
  COORDINATION_A2A_AGENTS: json(z.array(remoteAgent).max(64)).default([]),
  /** Tokens for them, as JSON: by the origin of their address. */
  COORDINATION_A2A_SECRETS: json(z.record(z.url(), z.string().min(1).max(8_192))).default({}),
  /** Takes every verified agent of the registry with A2A and a price as somebody to hand tasks to. */
  COORDINATION_A2A_REGISTRY: booleanSetting.default(false),
});

export type A2aSettings = Readonly<z.output<typeof a2aSettings>>;
