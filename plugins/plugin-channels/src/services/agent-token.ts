import type { IAgentRuntime } from '@elizaos/core';
import { environment, runtimeSettings, type SettingSource } from '@371os/kernel';

/** The variable that holds the token of one agent's own bot: `TELEGRAM_BOT_TOKEN_CFO_MAYA`. */
export function tokenVariable(setting: string, agent: string): string {
  const name = agent
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return `${setting}_${name}`;
}

/** The token of an agent's own bot, and where it is set. */
export interface AgentToken {
  readonly token: string;
  readonly setting: string;
}

/** The token of an agent: the variable of its own name, else the setting as its layers have it. */
export function agentToken(runtime: IAgentRuntime, setting: string): AgentToken | undefined {
  const variable = tokenVariable(setting, runtime.character.name);
  return tokenIn(environment, variable) ?? tokenIn(runtimeSettings(runtime), setting);
}

function tokenIn(source: SettingSource, setting: string): AgentToken | undefined {
  const value = source(setting);
  return typeof value === 'string' && value.trim() !== ''
    ? { token: value.trim(), setting }
    : undefined;
}
