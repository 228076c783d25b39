import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import {
  BaseError,
  explainError,
  explainSetting,
  explainSettings,
  registryLayerOf,
  withinTime,
  type SettingReport,
} from '@371os/kernel';
import { REGISTRY_SERVICE, type RegistryService } from '@371os/plugin-registry';
import { UnknownAgentError } from '@371os/plugin-router';

/** How an agent is configured. */
export interface Configuration {
  readonly agent: string;
  readonly settings: readonly SettingReport[];
  /** Why its registration does not speak for it now; undefined when it does, or has none. */
  readonly problem: string | undefined;
}

interface Wanted {
  /** The agent's name; the one that is asked by default. */
  readonly agent?: string | undefined;
  /** All settings by default. */
  readonly setting?: string | undefined;
}

const REGISTRY_WAIT_MS = 10_000;

class RegistrySilentError extends BaseError {
  constructor() {
    super('The registry has not answered within 10 s; ask again later.', { isRetryable: true });
  }
}

/**
 * Where the settings of an agent of this process come from. Its registration is read anew before.
 * @throws UnknownAgentError, UnknownSettingError, SettingFileError
 */
export async function explainConfiguration(
  runtime: IAgentRuntime,
  { agent, setting }: Wanted,
): Promise<Configuration> {
  const target = agent === undefined ? runtime : agentNamed(runtime, agent);
  const silence = await readRegistration(target);
  return {
    agent: target.character.name,
    settings: setting === undefined ? explainSettings(target) : [explainSetting(target, setting)],
    problem: silence ?? registryLayerOf(target)?.problem,
  };
}

function agentNamed(runtime: IAgentRuntime, agent: string): IAgentRuntime {
  const elizaOS = runtime.elizaOS as ElizaOS | undefined;
  const runtimes = elizaOS?.getAgents() ?? [runtime];
  const known = runtimes.map(({ character }) => character.name);
  const found = runtimes.find(({ character }) => isSameName(character.name, agent));
  if (!found) throw new UnknownAgentError({ agent, known });
  return found;
}

function isSameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.trim().toLowerCase();
}

async function readRegistration(runtime: IAgentRuntime): Promise<string | undefined> {
  const registry = runtime.getService<RegistryService>(REGISTRY_SERVICE);
  if (!registry) return undefined;
  try {
    await withinTime(registry.configure(), REGISTRY_WAIT_MS, () => new RegistrySilentError());
    return undefined;
  } catch (error) {
    runtime.logger.warn({ src: 'lifecycle', error }, 'a registration could not be read');
    return explainError(error);
  }
}
