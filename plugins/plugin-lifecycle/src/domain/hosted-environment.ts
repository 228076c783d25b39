import { formatUsd, type PicoUsd } from '@371os/kernel';

const TOKEN_NAME = /^agent-token-([\w-]{1,40})-(\d{1,9})$/;

/** What tells one token from another. */
export interface TokenOwner {
  readonly id: string;
  readonly generation: number;
}

/** The name under which a hosted agent's token is referred to: `secret:NAME`. */
export function tokenName({ id, generation }: TokenOwner): string {
  return `agent-token-${id}-${String(generation)}`;
}

/** Whose token a name refers to; undefined for the name of any other secret. */
export function tokenOwner(name: string): TokenOwner | undefined {
  const [, id, generation] = TOKEN_NAME.exec(name) ?? [];
  return id === undefined ? undefined : { id, generation: Number(generation) };
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
