import {
  ChannelType,
  createUniqueUuid,
  stringToUuid,
  type Content,
  type HandlerCallback,
  type IAgentRuntime,
  type Memory,
  type TargetInfo,
  type UUID,
} from '@elizaos/core';
import { DiscordService } from '@elizaos/plugin-discord';
import {
  agentSettings,
  commandsOf,
  every,
  inConversation,
  refreshCommands,
  roleOfAccount,
  startConversation,
  systemClock,
  type Principal,
} from '@371os/kernel';
import {
  Client,
  Events,
  GatewayIntentBits,
  Options,
  Partials,
  REST,
  Routes,
  type APIMessage,
  type Interaction,
  type Message,
  type RepliableInteraction,
  type User,
} from 'discord.js';
import { DiscordAdmins } from '../adapters/discord/admins.ts';
import { attachmentsOf } from '../adapters/discord/attachments.ts';
import { DiscordConnection } from '../adapters/discord/connection.ts';
import { DiscordGate, type Admitted } from '../adapters/discord/gate.ts';
import { DiscordMenu } from '../adapters/discord/menu.ts';
import { isIn, placeOf, readPlace, type Place } from '../adapters/discord/place.ts';
import { DiscordPresses, type Outcome, type Press } from '../adapters/discord/presses.ts';
import { DiscordSender } from '../adapters/discord/sender.ts';
import { DiscordTyped, type Typed } from '../adapters/discord/typed.ts';
import { applicationCommands, commandLine } from '../domain/application-commands.ts';
import type { ChannelState } from '../domain/channel-state.ts';
import { NotDeliveredError } from '../errors/channels.ts';
import { channelsSettings } from '../settings/channels.ts';
import { discordSettings, type DiscordSettings } from '../settings/discord.ts';
import { agentToken, type AgentToken } from './agent-token.ts';
import { isWaiting, withButtons } from './approval-buttons.ts';
import { Reception } from './reception.ts';
import { keepWorldRole } from './world-roles.ts';

// Whom a bot may listen to without Discord's leave: what names it, and what is said to it alone.
const CLIENT = {
  intents: [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.DirectMessages,
  ],
  partials: [Partials.Channel],
  makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
};
// Discord shows that somebody types for 10 s.
const TYPING_MS = 8_000;
const MENU_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 60_000;

interface Open {
  readonly connection: DiscordConnection;
  readonly sender: DiscordSender;
  readonly reception: Reception;
  readonly rest: REST;
  readonly menu: DiscordMenu;
}

/** Somebody, and where they are. */
interface Visitor {
  readonly user: User;
  readonly place: Place;
  readonly guildName?: string | undefined;
}

/** Says something where somebody has asked. */
type Say = (text: string) => Promise<readonly APIMessage[]>;

/**
 * Discord by the official service, with what it leaves open: who may come in and as whom, buttons for
 * approvals, commands, messages in pieces that call nobody, and a connection whose failure is a
 * sentence. It has a client of its own, which asks Discord for less.
 */
export class DiscordChannel extends DiscordService {
  #token: AgentToken | undefined;
  #open: Open | undefined;
  #endMenu: () => void = () => undefined;

  constructor(runtime: IAgentRuntime) {
    super(withoutToken(runtime));
    this.runtime = runtime;
  }

  static override start(runtime: IAgentRuntime): Promise<DiscordChannel> {
    const channel = new DiscordChannel(runtime);
    const token = agentToken(runtime, 'DISCORD_API_TOKEN');
    if (token) channel.#begin(agentSettings(discordSettings, runtime), token);
    // ElizaOS 1.7.2 looks for this in the wrong place, and calls it never.
    DiscordService.registerSendHandlers(runtime, channel);
    return Promise.resolve(channel);
  }

  /** How the connection stands. */
  get state(): ChannelState {
    return this.#open?.connection.state ?? { isOnline: false, words: NO_TOKEN };
  }

  /** Resolves when it is known whether the bot is there. */
  get settled(): Promise<unknown> {
    return this.#open?.connection.settled ?? Promise.resolve();
  }

  override async stop(): Promise<void> {
    this.#endMenu();
    await this.#open?.connection.close();
    this.client = null;
  }

  /** The room of a person's direct chat. @throws what Discord refuses */
  async roomOf(personId: string): Promise<UUID> {
    const client = this.#clientThere();
    const user = await client.users.fetch(personId);
    const { id: channelId } = await user.createDM();
    return this.#connect({ user, place: { channelId } });
  }

  #begin(settings: DiscordSettings, token: AgentToken): void {
    this.#token = token;
    const { runtime } = this;
    const options = {
      api: settings.DISCORD_API_ROOT.replace(/\/+$/, ''),
      rejectOnRateLimit: ({ timeToReset }: { timeToReset: number }) =>
        timeToReset > LONGEST_WAIT_MS,
    };
    const rest = new REST(options).setToken(token.token);
    const open = {
      rest,
      menu: new DiscordMenu(rest),
      sender: new DiscordSender({
        ...{ rest, log: this.#log },
        withButtons: (text) => withButtons(runtime, text),
      }),
      reception: this.#reception(settings.DISCORD_ADMIN_ROLES),
    };
    const hear = this.#ears(open, settings);
    const connection = new DiscordConnection({
      ...{ agent: runtime.character.name, ...token, log: this.#log },
      makeClient: () => hear(new Client({ ...CLIENT, rest: options })),
      onOnline: (client) => this.#online(client),
    });
    this.#open = { ...open, connection };
    connection.open();
  }

  #reception(adminRoles: readonly string[]): Reception {
    const { runtime } = this;
    const settings = agentSettings(channelsSettings, runtime);
    return new Reception({
      platform: 'discord',
      adminChats: settings.CHANNELS_ADMIN_CHATS,
      perMinute: settings.CHANNELS_PER_MINUTE,
      roleInSettings: (account) => roleOfAccount(runtime, account),
      admins: new DiscordAdmins(() => this.#clientThere(), adminRoles),
      clock: systemClock,
      log: this.#log,
    });
  }

  // --- The way in

  #ears(
    { rest, sender, reception }: Omit<Open, 'connection'>,
    settings: DiscordSettings,
  ): (client: Client) => Client {
    const refusalOf = (id: string): string | undefined => reception.refusalOf(id);
    const isAllowed = (heard: Message | Interaction): boolean =>
      isIn(settings.DISCORD_ALLOWED_CHATS, heard);
    const say = sender.send.bind(sender);
    const gate = new DiscordGate({
      ...{ isAllowed, refusalOf, say },
      botId: () => this.#clientThere().user.id,
      principalOf: (id) => reception.principalOf(id),
      admit: (admitted) => this.#admit(admitted, sender),
    });
    const presses = new DiscordPresses({
      ...{ rest, refusalOf, say, log: this.#log },
      decide: (press) => this.#decide(press, reception),
      isWaiting: (id) => isWaiting(this.runtime, id),
    });
    const typed = new DiscordTyped({
      ...{ rest, isAllowed, refusalOf, say },
      lineOf: (name, given) => {
        const command = commandsOf(this.runtime).get(name);
        return command ? commandLine(command, given) : `/${name}`;
      },
      carryOut: (command) => this.#carryOut(command, reception),
    });
    const interact = async (interaction: Interaction): Promise<void> => {
      if (interaction.isButton()) await presses.take(interaction);
      else if (interaction.isChatInputCommand()) await typed.take(interaction);
    };
    return (client) =>
      client
        .on(Events.Error, (error) => this.#log('the client of Discord has a fault', error))
        .on(Events.MessageCreate, (message) => {
          gate
            .pass(message)
            .catch((error: unknown) => this.#log('a message was not answered', error));
        })
        .on(Events.InteractionCreate, (interaction) => {
          interact(interaction).catch((error: unknown) =>
            this.#log('a command or a pressed button was not answered', error),
          );
        });
  }

  async #admit(
    { principal, place, message, text }: Admitted,
    sender: DiscordSender,
  ): Promise<void> {
    const visitor = { user: message.author, place, principal, guildName: message.guild?.name };
    const memory = await this.buildMemoryFromMessage(message, {
      processedContent: text,
      processedAttachments: attachmentsOf(message),
      // Whatever gets through on a server was said to the agent.
      extraContent: { mentionContext: { isMention: true, isReply: false, isThread: false } },
    });
    if (!memory) return;
    await this.#ask(visitor, memory, (answer) =>
      sender.send(place, answer, { replyTo: message.id }),
    );
  }

  // As if the person had written it: the same front, role, order and record.
  async #decide({ interaction, decision }: Press, reception: Reception): Promise<Outcome> {
    const answers: Content[] = [];
    const text = `/${decision.verdict} ${decision.id}`;
    await this.#interact({ interaction, text }, reception, (content) => {
      answers.push(content);
      return Promise.resolve([]);
    });
    return {
      text: answers.map((answer) => answer.text).join('\n'),
      isRefused: answers.at(-1)?.source === 'error',
    };
  }

  async #carryOut({ interaction, text, answer }: Typed, reception: Reception): Promise<void> {
    await this.#interact({ interaction, text }, reception, async (content) => {
      await answer(wordsOf(content));
      return [];
    });
  }

  async #interact(
    { interaction, text }: { interaction: RepliableInteraction; text: string },
    reception: Reception,
    callback: HandlerCallback,
  ): Promise<void> {
    const { runtime } = this;
    const { user, guild } = interaction;
    const place = placeOf(interaction as RepliableInteraction & { channelId: string });
    const principal = await reception.principalOf(user.id);
    const roomId = await this.#connect({ user, place, guildName: guild?.name }, principal);
    await this.#handle(
      principal,
      {
        id: createUniqueUuid(runtime, interaction.id),
        entityId: createUniqueUuid(runtime, user.id),
        agentId: runtime.agentId,
        roomId,
        content: { text, source: 'discord', channelType: typeOf(place) },
        createdAt: interaction.createdTimestamp,
      },
      callback,
    );
  }

  async #ask(
    { principal, ...visitor }: Visitor & { principal: Principal },
    message: Memory,
    say: Say,
  ): Promise<void> {
    await this.#connect(visitor, principal);
    const end = this.#showTyping(visitor.place);
    try {
      await this.#handle(principal, message, async (content) => {
        try {
          return await this.#remember(await say(wordsOf(content)), content, message);
        } catch (error) {
          this.#log('an answer did not reach Discord', error);
          return [];
        }
      });
    } finally {
      end();
    }
  }

  async #handle(principal: Principal, message: Memory, callback: HandlerCallback): Promise<void> {
    const { runtime } = this;
    await inConversation(startConversation({ principal }), async () =>
      runtime.messageService?.handleMessage(runtime, message, callback),
    );
  }

  // The room and the world that the official service would have for this place.
  async #connect({ user, place, guildName }: Visitor, principal?: Principal): Promise<UUID> {
    const { runtime } = this;
    const { channelId, guildId = channelId } = place;
    const entityId = createUniqueUuid(runtime, user.id);
    const roomId = createUniqueUuid(runtime, channelId);
    const worldId = createUniqueUuid(runtime, guildId);
    await runtime.ensureConnection({
      ...{ entityId, roomId, worldId, channelId, source: 'discord', type: typeOf(place) },
      ...{ userName: user.username, name: user.displayName },
      messageServerId: stringToUuid(guildId),
      ...(guildName === undefined ? {} : { worldName: guildName }),
    });
    if (principal) await keepWorldRole(runtime, { worldId, entityId }, principal.role);
    return roomId;
  }

  async #remember(
    [first]: readonly APIMessage[],
    content: Content,
    message: Memory,
  ): Promise<Memory[]> {
    const { runtime } = this;
    if (!first) return [];
    const memory: Memory = {
      id: createUniqueUuid(runtime, first.id),
      entityId: runtime.agentId,
      agentId: runtime.agentId,
      roomId: message.roomId,
      content: { ...content, ...(message.id ? { inReplyTo: message.id } : {}) },
      createdAt: Date.parse(first.timestamp),
    };
    await runtime.createMemory(memory, 'messages');
    return [memory];
  }

  #showTyping({ channelId }: Place): () => void {
    const { runtime } = this;
    return every(
      TYPING_MS,
      async () => {
        await this.#open?.rest.post(Routes.channelTyping(channelId));
      },
      (error) => runtime.logger.debug({ src: 'channels', error }, 'typing was not shown'),
    );
  }

  // --- The way out

  override async handleSendMessage(
    runtime: IAgentRuntime,
    { channelId, roomId }: TargetInfo,
    content: Content,
  ): Promise<void> {
    const id = channelId ?? (roomId && (await runtime.getRoom(roomId))?.channelId) ?? '';
    const place = readPlace(id);
    if (!place || !this.#open)
      throw new NotDeliveredError({ place: id, problem: 'that is no channel of Discord' });
    await this.#open.sender.send(place, wordsOf(content));
  }

  #online(client: Client<true>): void {
    const { runtime } = this;
    this.client = client;
    runtime.logger.info({ src: 'channels' }, this.state.words);
    this.#endMenu();
    this.#endMenu = every(
      MENU_MS,
      async () => {
        await refreshCommands(runtime);
        const commands = applicationCommands(commandsOf(runtime).values());
        await this.#open?.menu.show(client.application.id, commands);
      },
      (error) => this.#log('the commands were not shown', error),
    );
  }

  /** @throws NotDeliveredError */
  #clientThere(): Client<true> {
    const { client } = this;
    if (client?.isReady()) return client;
    throw new NotDeliveredError({ place: 'Discord', problem: 'it is not connected' });
  }

  // What fails may have the token in its words.
  readonly #log = (problem: string, error: unknown): void => {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const shown = this.#token ? said.replaceAll(this.#token.token, '[secret]') : said;
    this.runtime.logger.error({ src: 'channels', error: shown }, problem);
  };
}

const NO_TOKEN = 'Discord: there is no token.';

function typeOf({ guildId }: Place): ChannelType {
  return guildId === undefined ? ChannelType.DM : ChannelType.GROUP;
}

// A file is sent as its address: the official service would read whatever a model names.
function wordsOf({ text = '', attachments = [] }: Content): string {
  const links = attachments.map(({ url }) => url).filter((url) => /^https?:/.test(url));
  return [text, ...links].filter((line) => line !== '').join('\n');
}

/**
 * The official service logs in while it is made, asks Discord for more than it needs, and hears others.
 * Without a token it does not, and would say in the log that there is none.
 */
function withoutToken(runtime: IAgentRuntime): IAgentRuntime {
  return Object.create(runtime, {
    getSetting: { value: () => null },
    logger: { value: { ...runtime.logger, warn: () => undefined } },
  }) as IAgentRuntime;
}
