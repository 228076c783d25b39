import type { Character, IAgentRuntime } from '@elizaos/core';
import { environment, processSettings, settingFiles } from '@371os/kernel';
import {
  CHANNELS_SERVICE,
  discordSettings,
  telegramSettings,
  tokenVariable,
  type ChannelsService,
} from '@371os/plugin-channels';
import { isFrontDesk } from './characters.ts';

const PLUGIN = '@371os/plugin-channels';
const TOKENS = [telegramSettings, discordSettings]
  .flatMap(({ shape }) => Object.keys(shape))
  .filter((name) => name.endsWith('_TOKEN'));

/**
 * A character with the plugin of the platforms, where a bot token is for it: in the variable of its
 * own name, among its own settings, or, for the front desk, as the one for all.
 */
export function withChannels(character: Character): Character {
  const { plugins = [] } = character;
  if (plugins.includes(PLUGIN) || !TOKENS.some((token) => isFor(character, token)))
    return character;
  return { ...character, plugins: [...plugins, PLUGIN] };
}

function isFor(character: Character, token: string): boolean {
  const { name, settings, secrets } = character;
  const own = [
    environment(tokenVariable(token, name)),
    ...settingFiles().map(({ agents }) => agents.get(name)?.get(token)),
    settings?.[token],
    secrets?.[token],
  ];
  // A bot is one agent's; what is set for all is the front desk's, whom people are to meet.
  return own.some(Boolean) || (isFrontDesk(character) && Boolean(processSettings(token)));
}

/** Tells how the agents are on their platforms, as soon as it is known. */
export function reportChannels(
  agents: readonly IAgentRuntime[],
  onProgress: (line: string) => void,
): void {
  for (const agent of agents) {
    const channels = agent.getService<ChannelsService>(CHANNELS_SERVICE);
    if (!channels?.isAnywhere) continue;
    void channels.settled().then(() => onProgress(channels.words));
  }
}
