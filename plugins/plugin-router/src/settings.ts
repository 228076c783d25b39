import { booleanSetting, integerSetting } from '@371os/kernel';
import { z } from 'zod';

/** Settings of the router; all of them can be set for each agent. */
export const routerSettings = z.object({
  /** This agent receives people's requests and hands them to the right colleague. */
  ROUTER_FRONT_DESK: booleanSetting.default(false),
  /** How long a colleague may work on a request, in milliseconds. */
  ROUTER_TASK_TIMEOUT_MS: integerSetting(100, 3_600_000).default(120_000),
  /** How alike a request and an agent's examples must be, in percent, to be sure of the choice. */
  ROUTER_MIN_SIMILARITY_PERCENT: integerSetting(0, 100).default(45),
  /** The role that takes what nobody clearly owns. */
  ROUTER_TRIAGE_ROLE: z.string().min(1).default('CEO'),
});

export type RouterSettings = Readonly<z.output<typeof routerSettings>>;
