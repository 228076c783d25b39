import type { IAgentRuntime } from '@elizaos/core';
import { declaredSettings, isSecretSetting, runtimeSettings } from '@371os/kernel';

/** The secrets of agents that a text could repeat: their secret settings, and what their characters hold. */
export function knownSecrets(runtimes: readonly IAgentRuntime[]): string[] {
  const names = declaredSettings().flatMap(({ name }) => (isSecretSetting(name) ? name : []));
  const found = new Set<string>();
  for (const runtime of runtimes) {
    const own = Object.entries(runtime.character.secrets ?? {});
    for (const [name, value] of own)
      if (typeof value === 'string' && isSecretSetting(name)) found.add(value);
    for (const value of names.map(runtimeSettings(runtime)))
      if (typeof value === 'string') found.add(value);
  }
  return [...found];
}
