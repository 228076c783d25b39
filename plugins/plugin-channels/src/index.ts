import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { channelsCommand } from './commands.ts';
import { ChannelsService } from './services/channels-service.ts';
import { channelsSettings } from './settings/channels.ts';
import { discordSettings } from './settings/discord.ts';
import { telegramSettings } from './settings/telegram.ts';

export { telegramHtml, telegramPieces } from './adapters/telegram/html.ts';
export {
  applicationCommands,
  commandLine,
  type ApplicationCommand,
  type ApplicationOption,
} from './domain/application-commands.ts';
export { budgetWarnings, type BudgetWarning } from './domain/budget-warning.ts';
export { commandMenu, type MenuEntry } from './domain/command-menu.ts';
export { discordPieces } from './domain/discord-markdown.ts';
export { readIncoming, type IncomingMessage } from './domain/incoming.ts';
export { splitMessage } from './domain/split-message.ts';
export { tokenVariable } from './services/agent-token.ts';
export { CHANNELS_SERVICE, channelsOf, ChannelsService } from './services/channels-service.ts';
export { Reception, type ReceptionComponents } from './services/reception.ts';
export { channelsSettings, type ChannelsSettings } from './settings/channels.ts';
export { discordSettings, type DiscordSettings } from './settings/discord.ts';
export { telegramSettings, type TelegramSettings } from './settings/telegram.ts';

/** Where people meet an agent outside: on each platform that it has a token for. */
const channelsPlugin: Plugin = {
  name: 'channels',
  description:
    'Telegram and Discord by the official plugins, with roles, limits, commands and buttons for approvals.',
  dependencies: ['@371os/plugin-treasury'],
  services: [ChannelsService],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('channels', channelsSettings);
    declareSettings('channels', telegramSettings);
    declareSettings('channels', discordSettings);
    registerCommands(runtime, [channelsCommand]);
    return Promise.resolve();
  },
};

export default channelsPlugin;
