import { InvalidSettingError } from '@371os/kernel';
import type { Character } from '@elizaos/core';
import { toCharacter } from '../launcher/characters.ts';

const SETTING = 'AGENT_CHARACTER';

// Without these no agent has a database, a voice, a budget, a model, tasks and an address.
const NEEDED = [
  '@elizaos/plugin-sql',
  '@elizaos/plugin-bootstrap',
  '@371os/plugin-treasury',
  '@371os/plugin-gateway',
  '@371os/plugin-tasks',
  '@371os/plugin-router',
];

/**
 * The character in a setting, as JSON or as base64 of that, as one that needs no colleagues.
 * @throws InvalidSettingError
 */
export function loneCharacter(text: string | undefined): Character {
  if (text === undefined)
    throw new InvalidSettingError({
      setting: SETTING,
      problem: 'it is missing: the character file of the agent is expected, as JSON or base64.',
    });
  const result = toCharacter(parse(text));
  if ('problem' in result)
    throw new InvalidSettingError({ setting: SETTING, problem: result.problem });
  const { character } = result;
  const { name, plugins = [], settings = {} } = character;
  return {
    ...character,
    plugins: [...new Set([...NEEDED, ...plugins])],
    settings: {
      routing: { role: name, examples: [name] },
      ...settings,
      ROUTER_ALONE: true,
      ROUTER_FRONT_DESK: false,
    },
  };
}

function parse(text: string): unknown {
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString();
  try {
    return JSON.parse(json);
  } catch {
    throw new InvalidSettingError({
      setting: SETTING,
      problem: 'neither JSON nor base64 of JSON.',
    });
  }
}
