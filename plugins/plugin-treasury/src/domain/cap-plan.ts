import { formatUsd, parseUsd, PICO_PER_USD, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { adjectiveOf, CATEGORIES, describeScope, SCOPES, WINDOWS, type Cap } from './caps.ts';

/** No cap may be higher: 1,000,000 USD. */
export const MOST_CAP_PICO: PicoUsd = 1_000_000n * PICO_PER_USD;

const capPlan = z.object({
  category: z.enum(CATEGORIES),
  scope: z.enum(SCOPES),
  scopeId: z.string().min(1).max(200),
  window: z.enum(WINDOWS),
  limitUsd: z.string(),
});

/** What is approved when a cap is to change. */
export type CapPlan = z.output<typeof capPlan>;

export function capPlanOf({ limitPico, ...cap }: Cap): CapPlan {
  return { ...cap, limitUsd: formatUsd(limitPico) };
}

/** The cap that an approved plan sets. @throws ZodError, InvalidMoneyError for what is no such plan */
export function readCapPlan(plan: unknown): Cap {
  const { limitUsd, ...cap } = capPlan.parse(plan);
  return { ...cap, limitPico: parseUsd(limitUsd) };
}

/** `Set the monthly llm cap to $50.00 (now $20.00)`. */
export function describeCapPlan(cap: Cap, currentPico: PicoUsd | undefined): string {
  const whom = describeScope(cap.scope, cap.scopeId);
  const now = currentPico === undefined ? 'there is none now' : `now $${formatUsd(currentPico)}`;
  return `Set the ${adjectiveOf(cap.window)} ${cap.category} cap${whom ? ` ${whom}` : ''} to $${formatUsd(cap.limitPico)} (${now})`;
}
