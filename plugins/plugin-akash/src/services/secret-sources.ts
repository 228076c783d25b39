import { processWide } from '@371os/kernel';
import type { Secrets } from '../domain/secret-reference.ts';

// Whichever agent's service carries a deployment out, it needs what another one's plugin supplies.
function sources(): Map<string, Secrets> {
  return processWide('akash-secret-sources', () => new Map<string, Secrets>());
}

/**
 * Supplies secrets to the deployments of this process, beside those of AKASH_SECRETS. They are asked
 * for when a manifest is made, and kept nowhere. For a plugin's `init`, so that they are there when
 * what was begun goes on.
 * @param name the source's; another one of the same name takes its place
 */
export function supplySecrets(name: string, source: Secrets): void {
  sources().set(name, source);
}

/** What the setting holds, then what other plugins supply. */
export function secretsOf(setting: Readonly<Record<string, string>>): Secrets {
  return (name) => {
    if (Object.hasOwn(setting, name)) return setting[name];
    for (const source of sources().values()) {
      const secret = source(name);
      if (secret !== undefined) return secret;
    }
    return undefined;
  };
}
