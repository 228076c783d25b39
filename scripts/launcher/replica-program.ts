import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Character } from '@elizaos/core';
import type { ReplicaProgram } from '@371os/plugin-resilience';
import type { AgentOptions } from './options.ts';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** How a process of this company starts a replica of an agent: as a worker beside it, with its log. */
export function replicaProgram(
  directory: string,
  options: AgentOptions | undefined,
): ReplicaProgram {
  const folder = options?.characters === undefined ? [] : ['--characters', options.characters];
  return {
    file: process.execPath,
    args: (claim) => [
      ...['--conditions=@371os/source', MAIN, 'worker'],
      ...['--replica', claim, ...folder],
    ],
    logPath: join(directory, '371os.log'),
  };
}

const CONNECTOR =
  /plugin-(?:channels|telegram|discord|slack|twitter|farcaster|bluesky|matrix|whatsapp|signal)\b/;

/** A character that answers nobody by itself: its own process is the one voice on each platform. */
export function withoutVoice(character: Character): Character {
  const plugins = character.plugins?.filter((name) => !CONNECTOR.test(name));
  return { ...character, ...(plugins ? { plugins } : {}) };
}
