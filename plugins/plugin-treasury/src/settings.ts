import { integerSetting, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { ORGANISATION, type Cap } from './domain/caps.ts';
import { MOST_CAP_PICO } from './domain/cap-plan.ts';

const usdSetting = z.union([z.string(), z.number()]).transform((value, context): PicoUsd => {
  try {
    const amount = parseUsd(String(value));
    if (amount <= MOST_CAP_PICO) return amount;
  } catch {
    // Said below, together with amounts that are too large.
  }
  context.addIssue({
    code: 'custom',
    message: 'an amount in US dollars from 0 to 1,000,000 is expected, such as 20.00',
  });
  return z.NEVER;
});

/** The treasury's settings. Caps are those of the whole organisation, not of one agent. */
export const treasurySettings = z.object({
  /** Most that models may cost the organisation in a month. */
  TREASURY_LLM_CAP_USD: usdSetting.optional(),
  /** Most that Akash may cost the organisation in a month. */
  TREASURY_AKASH_CAP_USD: usdSetting.optional(),
  /** Most that chain fees may cost the organisation in a month. */
  TREASURY_GAS_CAP_USD: usdSetting.optional(),
  /** Most that calls of other agents' tools may cost the organisation in a month. */
  TREASURY_TOOLS_CAP_USD: usdSetting.optional(),
  /** Most that each guest may make models cost in a day. */
  TREASURY_GUEST_DAILY_CAP_USD: usdSetting.optional(),
  /** Most that each agent may spend on models in a day; unlimited when not set. */
  TREASURY_AGENT_DAILY_CAP_USD: usdSetting.optional(),
  /** Most that each task may spend on models in a month; unlimited when not set. */
  TREASURY_TASK_CAP_USD: usdSetting.optional(),
  /** How long money stays reserved for a holder that is not heard of, in milliseconds. */
  TREASURY_LEASE_MS: integerSetting(1_000, 86_400_000).default(60_000),
  /** How long ended reservations and balances of closed windows are kept, in days. */
  TREASURY_KEEP_DAYS: integerSetting(1, 3_650).default(90),
  /** How long a request waits for an approval, in milliseconds. */
  TREASURY_APPROVAL_TTL_MS: integerSetting(1_000, 2_592_000_000).default(86_400_000),
  /** What a task may cost before agents that only repeat each other are held, in US dollars. */
  TREASURY_REVIEW_HOLD_USD: usdSetting.prefault('0.50'),
});

export type TreasurySettings = Readonly<z.output<typeof treasurySettings>>;

/** A cap that a setting stands for. */
export interface SettingCap {
  readonly setting: keyof TreasurySettings;
  readonly cap: Cap;
  /** False for a default: it starts a cap off, but never changes one that is there. */
  readonly isExplicit: boolean;
}

interface CapSetting extends Omit<Cap, 'limitPico'> {
  readonly setting: keyof TreasurySettings;
  /** Without a default there is no cap until the setting is made. */
  readonly defaultUsd?: string;
}

// 20.00 USD a month for models is the origin's figure; a stranger may not spend at all.
const CAP_SETTINGS: readonly CapSetting[] = [
  monthly('TREASURY_LLM_CAP_USD', 'llm', '20.00'),
  monthly('TREASURY_AKASH_CAP_USD', 'akash', '100.00'),
  monthly('TREASURY_GAS_CAP_USD', 'gas', '5.00'),
  monthly('TREASURY_TOOLS_CAP_USD', 'tools', '10.00'),
  {
    setting: 'TREASURY_GUEST_DAILY_CAP_USD',
    category: 'llm',
    scope: 'user',
    scopeId: 'guest:*',
    window: 'day',
    defaultUsd: '0.00',
  },
  {
    setting: 'TREASURY_AGENT_DAILY_CAP_USD',
    category: 'llm',
    scope: 'agent',
    scopeId: '*',
    window: 'day',
  },
  {
    setting: 'TREASURY_TASK_CAP_USD',
    category: 'llm',
    scope: 'task',
    scopeId: '*',
    window: 'month',
  },
];

/** The caps that the settings stand for. */
export function settingCaps(settings: TreasurySettings): SettingCap[] {
  return CAP_SETTINGS.flatMap(({ setting, defaultUsd, ...cap }): SettingCap[] => {
    const wished = settings[setting];
    if (typeof wished === 'bigint')
      return [{ setting, cap: { ...cap, limitPico: wished }, isExplicit: true }];
    if (defaultUsd === undefined) return [];
    return [{ setting, cap: { ...cap, limitPico: parseUsd(defaultUsd) }, isExplicit: false }];
  });
}

function monthly(
  setting: keyof TreasurySettings,
  category: Cap['category'],
  defaultUsd: string,
): CapSetting {
  const organisation = { scope: 'organisation', scopeId: ORGANISATION, window: 'month' } as const;
  return { setting, category, defaultUsd, ...organisation };
}
