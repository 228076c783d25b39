import { booleanSetting, integerSetting, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import type { ScalingTarget } from '../domain/scaling-target.ts';

const MOST = 100;

const usd = z.union([z.string(), z.number()]).transform((value, context): PicoUsd => {
  try {
    return parseUsd(String(value));
  } catch {
    context.addIssue({ code: 'custom', message: 'an amount in US dollars is expected, as 0.05' });
    return z.NEVER;
  }
});

const target = z
  .strictObject({
    min: z.int().min(0).max(MOST).default(1),
    max: z.int().min(1).max(MOST),
    queueDepth: z.number().positive().optional(),
    latencyMs: z.number().positive().optional(),
    cpuPercent: z.number().positive().optional(),
    memoryMb: z.number().positive().optional(),
    costUsdPerHour: usd.optional(),
  })
  .refine(({ min, max }) => min <= max, 'min must not be more than max');

const targets = z.record(z.string().trim().min(1).max(64), target).transform((record) =>
  Object.entries(record).map(([agent, one]): ScalingTarget => {
    const { min, max, queueDepth, latencyMs, cpuPercent, memoryMb, costUsdPerHour } = one;
    return {
      ...{ agent, min, max, queueDepth, latencyMs, cpuPercent, memoryMb },
      costPicoPerHour: costUsdPerHour,
    };
  }),
);

const EXAMPLE = '{"CMO Kai": {"min": 1, "max": 3, "queueDepth": 4}}';

const scaling = z.unknown().transform((value, context): readonly ScalingTarget[] => {
  const parsed = targets.safeParse(typeof value === 'string' ? parse(value) : value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  context.addIssue({
    code: 'custom',
    message: `a JSON object of agents and their bounds is expected, such as ${EXAMPLE}; ${where} ${issue?.message ?? ''}`,
  });
  return z.NEVER;
});

/** Settings of scaling. */
export const scalingSettings = z.object({
  /** Bounds and targets of each agent that is scaled, as a JSON object. */
  RESILIENCE_SCALING: scaling.prefault('{}'),
  /** How often the leader looks, in milliseconds. */
  RESILIENCE_SCALING_EVERY_MS: integerSetting(500, 600_000).default(15_000),
  /** How long a scale-down waits for the highest recommendation to pass, in milliseconds. */
  RESILIENCE_SCALING_DOWN_MS: integerSetting(0, 3_600_000).default(300_000),
  /** How long there must be no work before the last instance goes, in milliseconds. */
  RESILIENCE_SCALING_COOLDOWN_MS: integerSetting(0, 86_400_000).default(300_000),
  /** Decides and journals, and changes nothing. */
  RESILIENCE_SCALING_DRY_RUN: booleanSetting.default(false),
  /** What an instance costs in an hour at most, in US dollars; 0 where the machine is there anyway. */
  RESILIENCE_INSTANCE_USD_PER_HOUR: usd.prefault('0'),
});

export type ScalingSettings = Readonly<z.output<typeof scalingSettings>>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
