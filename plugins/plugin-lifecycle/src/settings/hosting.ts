import { integerSetting, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';

const usd = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,12})?$/, 'US dollars are expected, such as 10.00')
  .transform((text): PicoUsd => parseUsd(text));

// What the company itself tells a hosted agent.
const OURS = /^(?:AGENT|SERVER|ELIZA|POSTGRES|NODE)_|^(?:DATA_DIR|DEVNET|SECRET_SALT)$/;

const environment = z.record(
  z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,127}$/, 'a variable is named with capitals, digits and underscores')
    .refine((name) => !OURS.test(name), 'the company sets this one itself'),
  z.string().max(4096),
);

/** Settings of agents that run in places which are paid for. */
export const hostingSettings = z.object({
  /** The container image of one agent. */
  LIFECYCLE_AGENT_IMAGE: z.string().min(1).default('371os/agent:0.1.0'),
  /** The most that a place may cost in a month, in US dollars, where nobody says otherwise. */
  LIFECYCLE_HOSTING_MAX_USD: usd.prefault('10.00'),
  /** The most that a task of a hosted agent may cost, in US dollars, where it has models that cost. */
  LIFECYCLE_HOSTED_TASK_USD: usd.prefault('0.50'),
  /** What hosted agents' tokens are made of; the same in all processes of a company. */
  LIFECYCLE_SECRET: z.string().min(32, 'at least 32 characters are expected').optional(),
  /**
   * What hosted agents are told, as a JSON object of variables; secrets by reference, from
   * AKASH_SECRETS: `{"OPENAI_API_KEY": "secret:OPENAI_KEY"}`.
   */
  LIFECYCLE_HOSTED_ENVIRONMENT: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const parsed = environment.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      context.issues.push({
        code: 'custom',
        message: `a JSON object of variables is expected: ${issue?.message ?? ''}`,
        // Somebody may have written a secret into it.
        input: undefined,
      });
      return z.NEVER;
    }),
  /** How long a place may take to be found, leased and to answer, in milliseconds. */
  LIFECYCLE_HOSTING_TIMEOUT_MS: integerSetting(1_000, 7_200_000).default(1_800_000),
});

export type HostingSettings = Readonly<z.output<typeof hostingSettings>>;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
