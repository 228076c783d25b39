import { splitList } from '@371os/kernel';
import { z } from 'zod';
import { InvalidProfileError } from '../errors.ts';
import { profileSchema, type AgentProfile } from './registration-file.ts';

/** What is known of an agent without anybody saying it. */
export interface AgentFacts {
  readonly name: string;
  readonly description: string;
  /** Fields of its character file's `registration`. */
  readonly registration: Readonly<Record<string, unknown>>;
  readonly leaseSeconds: number;
}

/** Fields of the action, as models, people and programs write them. */
const askedSchema = z.object({
  capabilities: z.union([z.string(), z.array(z.unknown())]).optional(),
  economicTerms: z.record(z.string(), z.unknown()).optional().catch(undefined),
  basePrice: z.union([z.string(), z.number()]).optional(),
  currency: z.string().optional(),
  paymentModel: z.string().optional(),
  agentType: z.string().optional(),
  description: z.string().optional(),
  credentials: z.array(z.unknown()).optional().catch(undefined),
  initialReputation: z.unknown().optional(),
  deploymentInfo: z.record(z.string(), z.unknown()).optional().catch(undefined),
  endpoint: z.string().optional(),
});

/**
 * The profile that is asked for: what the person says, before what the character file says.
 * @returns the profile, or the questions that are still open
 * @throws InvalidProfileError
 */
export function composeProfile(
  raw: Record<string, unknown>,
  facts: AgentFacts,
): { profile: AgentProfile } | { questions: string[] } {
  const asked = askedSchema.parse(raw);
  const { registration } = facts;
  const capabilities = capabilitiesOf(asked.capabilities ?? registration['capabilities']);
  const economics = termsOf(asked) ?? registration['economics'];
  const questions = [
    ...(isEmpty(capabilities)
      ? ['Which capabilities does it offer, such as "market research"?']
      : []),
    ...(economics === undefined
      ? ['What does a call cost, such as 0.05 USDC? Zero is a price.']
      : []),
  ];
  if (questions.length > 0) return { questions };
  const result = profileSchema.safeParse({
    ...{ name: facts.name, description: asked.description ?? facts.description },
    liveness: { leaseSeconds: facts.leaseSeconds },
    ...registration,
    ...{ capabilities, economics },
    ...optional('agentType', asked.agentType),
    ...optional('credentials', asked.credentials),
    ...optional('initialReputation', reputationOf(asked.initialReputation)),
    ...optional('deployment', asked.deploymentInfo),
    ...optional('services', asked.endpoint && [{ name: 'web', endpoint: asked.endpoint }]),
  });
  if (result.success) return { profile: result.data };
  const [issue] = result.error.issues;
  throw new InvalidProfileError({
    field: issue?.path.join('.') ?? '',
    problem: issue?.message ?? 'it is not valid',
  });
}

// A list of names is what people write; programs write capabilities in full.
function capabilitiesOf(asked: unknown): unknown[] | undefined {
  const parts = typeof asked === 'string' ? (parseArray(asked) ?? splitList(asked)) : asked;
  if (!Array.isArray(parts)) return undefined;
  return parts.map((part: unknown) =>
    typeof part === 'string' ? { toolId: toolIdOf(part), name: part, description: part } : part,
  );
}

function parseArray(text: string): unknown[] | undefined {
  if (!text.trim().startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function toolIdOf(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\w.:-]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

function termsOf(asked: z.output<typeof askedSchema>): Record<string, unknown> | undefined {
  const { economicTerms, basePrice, currency, paymentModel } = asked;
  const terms = {
    ...economicTerms,
    ...optional('basePrice', basePrice),
    ...optional('currency', currency),
    ...optional('paymentModel', paymentModel),
  };
  return 'basePrice' in terms ? terms : undefined;
}

function reputationOf(asked: unknown): unknown {
  return typeof asked === 'number' ? { overall: asked } : asked;
}

function optional(name: string, value: unknown): Record<string, unknown> {
  return value === undefined || value === '' ? {} : { [name]: value };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}
