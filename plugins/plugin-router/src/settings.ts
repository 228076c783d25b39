import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the router; all of them can be set for each agent. */
export const routerSettings = z.object({
  /** This agent receives people's requests and hands them to the right colleague. */
  ROUTER_FRONT_DESK: booleanSetting.default(false),
  /** This agent is its own front desk: what people ask is its own work, and it has no colleagues. */
  ROUTER_ALONE: booleanSetting.default(false),
  /** How long a colleague may work on a request, in milliseconds. */
  ROUTER_TASK_TIMEOUT_MS: integerSetting(100, 3_600_000).default(120_000),
  /** How alike a request and an agent's examples must be, in percent, to be sure of the choice. */
  ROUTER_MIN_SIMILARITY_PERCENT: integerSetting(0, 100).default(45),
  /** After so many failed attempts in a row an agent is passed over, where another can do it. */
  ROUTER_FAILING_AFTER: integerSetting(1, 50).default(3),
  /** How long after its last failure an agent gets another chance, in milliseconds. */
  ROUTER_FAILING_FOR_MS: integerSetting(0, 86_400_000).default(300_000),
  /** How long decisions are kept, in days. */
  ROUTER_KEEP_DAYS: integerSetting(1, 36_500).default(90),
  /**
   * How long a language model may take to say how a request that rules are unsure of falls into
   * parts, in milliseconds; 0 never asks one.
   */
  ROUTER_SPLIT_TIMEOUT_MS: integerSetting(0, 120_000).default(10_000),
  /** The role that takes what nobody clearly owns. */
  ROUTER_TRIAGE_ROLE: z.string().min(1).default('CEO'),
});

export type RouterSettings = Readonly<z.output<typeof routerSettings>>;
