import { parseUsd } from '@371os/kernel';
import { z } from 'zod';
import type { AgentRecord } from './agent-record.ts';

/** What a character says about the requests that it takes. */
const routing = z.object({
  role: z.string(),
  examples: z.array(z.string()),
  capabilities: z.array(z.string()).default([]),
  usdPerTask: z.string().transform(parseUsd).optional(),
});

/** How the router knows an agent that runs elsewhere. */
export interface HostedProfile {
  readonly name: string;
  readonly role: string;
  readonly examples: readonly string[];
  readonly capabilities: readonly string[];
  readonly concurrency: number;
  readonly isThere: boolean;
  readonly statedRatePico?: bigint | undefined;
}

/** The profile of a created agent by its character; undefined for one that takes no requests. */
export function profileOf(
  { name, plan }: Pick<AgentRecord, 'name' | 'plan'>,
  concurrency: number,
): HostedProfile | undefined {
  const settings = plan?.character['settings'] as Record<string, unknown> | undefined;
  const parsed = routing.safeParse(settings?.['routing']);
  if (!parsed.success) return undefined;
  const { usdPerTask, ...said } = parsed.data;
  return { name, ...said, concurrency, isThere: true, statedRatePico: usdPerTask };
}
