import { formatUsd, type PicoUsd } from '@371os/kernel';

// Two forms, since an id may end with digits; a secret's name has 64 characters at most.
const TOKEN_NAMES = [
  /^agent-token-(?<id>[\w-]{1,40})-(?<generation>\d{1,9})$/,
  /^token-of-(?<id>[\w-]{1,40})-(?<generation>\d{1,9})-(?<instance>[1-9]\d{0,2})$/,
];

/** What tells one token from another. */
export interface TokenOwner {
  readonly id: string;
  readonly generation: number;
  /** Which of several instances; the first one by default. */
  readonly instance?: number | undefined;
}

/** The name under which a hosted agent's token is referred to: `secret:NAME`. */
export function tokenName({ id, generation, instance = 0 }: TokenOwner): string {
  const first = `${id}-${String(generation)}`;
  return instance === 0 ? `agent-token-${first}` : `token-of-${first}-${String(instance)}`;
}

/** Whose token a name refers to; undefined for the name of any other secret. */
export function tokenOwner(name: string): TokenOwner | undefined {
  for (const form of TOKEN_NAMES) {
    const { id, generation, instance = '0' } = form.exec(name)?.groups ?? {};
    if (id === undefined) continue;
    return { id, generation: Number(generation), instance: Number(instance) };
  }
  return undefined;
}

/**
 * What is deployed for an instance: what was approved for the agent, to the letter, but for the name
 * of its token.
 */
export function planForInstance<Plan>(plan: Plan, owner: TokenOwner): Plan {
  const { id, generation } = owner;
  const first = tokenName({ id, generation });
  const own = tokenName(owner);
  return mapTexts(plan, (text) => {
    if (text === first) return own;
    return text === `${TOKEN_VARIABLE}=secret:${first}` ? `${TOKEN_VARIABLE}=secret:${own}` : text;
  }) as Plan;
}

const TOKEN_VARIABLE = 'AGENT_TOKEN';

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, mapTexts(one, change)] as const);
  return Object.fromEntries(entries);
}

/** What hosted agents are told beside what they are. */
export interface HostedCommon {
  readonly environment: Readonly<Record<string, string>>;
  /** The most that a task may cost. */
  readonly taskPico: PicoUsd;
}

interface HostedFile extends TokenOwner {
  readonly character: object;
  readonly modelCapUsd?: string | undefined;
}

/** The variables of a hosted agent's container. Its token is in them by reference. */
export function hostedEnvironment(agent: HostedFile, common: HostedCommon): Record<string, string> {
  return {
    LOCAL_MODEL_DISCOVERY: 'false',
    ...common.environment,
    AGENT_CHARACTER: JSON.stringify(agent.character),
    AGENT_TOKEN: `secret:${tokenName(agent)}`,
    TREASURY_TASK_CAP_USD: formatUsd(worstCase(common)),
    ...(agent.modelCapUsd === undefined ? {} : { TREASURY_LLM_CAP_USD: agent.modelCapUsd }),
  };
}

/** The most that a task may cost: nothing, for agents that have no model's key. */
export function worstCase({ environment, taskPico }: HostedCommon): PicoUsd {
  return Object.keys(environment).some((name) => name.endsWith('_API_KEY')) ? taskPico : 0n;
}
