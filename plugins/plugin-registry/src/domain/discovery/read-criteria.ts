import { parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { PRIOR_SCORE } from '../../domain/reputation/aggregate-feedback.ts';
import { InvalidToolRequestError } from '../../errors.ts';
import { PLATFORMS } from './indexed-agent.ts';
import type { Criteria } from './rank-agents.ts';

const MOST_NAMES = 50;

/** Names in a list, in a JSON array, or with commas between them. */
const names = z
  .union([z.string(), z.array(z.string())])
  .default([])
  .transform((given) => (typeof given === 'string' ? listIn(given) : given))
  .transform((given) => given.map((name) => name.trim()).filter((name) => name !== ''))
  .pipe(z.array(z.string().max(200)).max(MOST_NAMES));

const words = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => (typeof given === 'string' ? given : given.join(' ')))
  .pipe(z.string().trim().min(1, 'say what the tool is to do').max(2_000));

/** An amount of US dollars, as a number or text; 0 is an amount. */
export const dollars = z
  .union([z.string(), z.number().nonnegative()])
  .transform((amount, context): PicoUsd => {
    try {
      return parseUsd(typeof amount === 'number' ? decimal(amount) : amount);
    } catch {
      context.addIssue({ code: 'custom', message: 'an amount in US dollars is expected' });
      return z.NEVER;
    }
  });

/** One US dollar, as the origin has it. */
export const DEFAULT_MAX_COST_PICO: PicoUsd = 1_000_000_000_000n;

const fields = z.object({
  requirements: words,
  agentType: z.string().trim().min(1).max(64).optional(),
  maxCost: dollars.default(DEFAULT_MAX_COST_PICO),
  minReputation: z.coerce.number().min(0).max(1).default(PRIOR_SCORE),
  platforms: names.pipe(z.array(z.string().toLowerCase().pipe(z.enum(PLATFORMS)))),
  preferredProviders: names,
  excludedProviders: names,
  activeOnly: z.union([z.boolean(), z.stringbool()]).default(true),
});

/**
 * What somebody looks for, from raw fields; the origin's defaults where they say nothing.
 * @throws InvalidToolRequestError
 */
export function readCriteria(raw: Record<string, unknown>): Criteria {
  const parsed = fields.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InvalidToolRequestError({
      field: issue?.path.join('.') ?? '',
      problem: issue?.message ?? 'it cannot be read',
    });
  }
  const { maxCost, activeOnly, agentType, requirements, ...rest } = parsed.data;
  const isAnything = /^(anything|everything|all|\*)$/i.test(requirements);
  return {
    ...{ ...rest, agentType, maxCostPico: maxCost, isActiveOnly: activeOnly },
    requirements: isAnything ? '' : requirements,
  };
}

function listIn(text: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return text.split(/,|\band\b/);
  }
}

// Floats below a millionth are written with an exponent.
function decimal(amount: number): string {
  return amount.toFixed(12).replace(/\.?0+$/, '');
}
