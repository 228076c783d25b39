import { z } from 'zod';
import { InvalidCreationError } from '../errors/lives.ts';

const HOSTINGS = ['in-process', 'akash'] as const;

const MOST_CAPABILITIES = 64;

const name = z
  .string('a name is expected')
  .trim()
  .regex(/^\p{L}[\p{L}\d ._-]{0,47}$/u, 'a letter, then up to 47 letters, digits, spaces and ._-');
const capability = z.string().trim().min(1).max(128);
const usd = z
  .union([z.string(), z.number().nonnegative()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,7}(\.\d{1,12})?$/, 'an amount is written as digits, such as 0.05'));

const IN_HOURS = 'a whole number of hours is expected, 0 to 8760';
const hours = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d{1,4}$/)
        .transform(Number),
    ],
    IN_HOURS,
  )
  .pipe(z.number(IN_HOURS).int(IN_HOURS).min(0, IN_HOURS).max(8_760, IN_HOURS));

/** What somebody wants an agent to be. */
export const creationRequestSchema = z.strictObject({
  name,
  /** The department whose work it does, such as CMO, or a role of its own. */
  agentType: z
    .string()
    .trim()
    .regex(/^[A-Za-z][\w -]{0,31}$/, 'a role such as CMO is expected')
    .optional(),
  capabilities: z.array(capability).max(MOST_CAPABILITIES).default([]),
  /** What a task of it costs others. */
  economicTerms: z
    .strictObject({
      rate: usd,
      currency: z
        .string()
        .trim()
        .toUpperCase()
        .pipe(z.enum(['USD', 'USDC', 'AKT', 'ETH']))
        .default('USD'),
    })
    .optional(),
  hosting: z.enum(HOSTINGS).default('in-process'),
  /** Whether it is registered on chain; by default wherever a registry is configured. */
  register: z.boolean().optional(),
  /** Fields of an ElizaOS character that go before the template's. */
  character: z.record(z.string(), z.unknown()).optional(),
  /** Settings of the agent. */
  settings: z
    .record(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'a setting is written like TASKS_CONCURRENCY'),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .default({}),
  /** Name of an ended agent that is brought back, with what it knew. */
  from: name.optional(),
  /** The most that its models may cost in a month, in US dollars. */
  allowanceUsd: usd.optional(),
  /** After how many hours without a task the clean-up may retire it; 0 is never. */
  idleHours: hours.optional(),
  /** What it takes on Akash. */
  resources: z
    .strictObject({
      cpu: z.string().optional(),
      memory: z.string().optional(),
      storage: z.string().optional(),
      regions: z.array(z.string()).optional(),
      maxMonthlyUsd: usd.optional(),
    })
    .default({}),
});
export type CreationRequest = z.output<typeof creationRequestSchema>;

/** @throws InvalidCreationError naming the field and what is expected */
export function readCreationRequest(raw: unknown): CreationRequest {
  const parsed = creationRequestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidCreationError({
    field: issue?.path.join('.') ?? '',
    problem: issue?.message ?? 'not valid',
  });
}
