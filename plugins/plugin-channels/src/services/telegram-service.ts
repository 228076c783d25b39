import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createUniqueUuid,
  type Content,
  type HandlerCallback,
  type IAgentRuntime,
  type UUID,
} from '@elizaos/core';
import { TelegramService } from '@elizaos/plugin-telegram';
import {
  agentSettings,
  commandsOf,
  every,
  inConversation,
  refreshCommands,
  roleOfAccount,
  startConversation,
  systemClock,
  type Role,
} from '@371os/kernel';
import type { Telegraf } from 'telegraf';
import { TelegramConnection } from '../adapters/telegram/connection.ts';
import { TelegramGate, type Admitted } from '../adapters/telegram/gate.ts';
import { TelegramMenu } from '../adapters/telegram/menu.ts';
import { channelIdOf, placeOf, readPlace, type Place } from '../adapters/telegram/place.ts';
import { TelegramPresses, type Outcome, type Press } from '../adapters/telegram/presses.ts';
import { TelegramSender } from '../adapters/telegram/sender.ts';
import type { ChannelState } from '../domain/channel-state.ts';
import { commandMenu } from '../domain/command-menu.ts';
import { NotDeliveredError } from '../errors/channels.ts';
import { channelsSettings } from '../settings/channels.ts';
import { telegramSettings, type TelegramSettings } from '../settings/telegram.ts';
import { agentToken, type AgentToken } from './agent-token.ts';
import { isWaiting, withButtons } from './approval-buttons.ts';
import { Reception } from './reception.ts';
import { keepWorldRole } from './world-roles.ts';

// What the official service keeps to itself, in the version that package.json names exactly.
interface Inside {
  readonly bot: Telegraf | null;
  setupMiddlewares(): void;
  setupMessageHandlers(): void;
}

interface Open {
  readonly connection: TelegramConnection;
  readonly sender: TelegramSender;
  readonly reception: Reception;
  readonly menu: TelegramMenu;
}

const TYPING_MS = 4_000;
const MENU_MS = 5 * 60_000;

/**
 * Telegram by the official service, with what it leaves open: who may come in and as whom, buttons for
 * approvals, the menu, messages in pieces, and a connection whose failure is a sentence, not the end of
 * the process.
 */
export class TelegramChannel extends TelegramService {
  readonly #turns = new AsyncLocalStorage<Place | undefined>();
  #token: AgentToken | undefined;
  #open: Open | undefined;
  #endMenu: () => void = () => undefined;

  static override start(runtime: IAgentRuntime): Promise<TelegramChannel> {
    const settings = agentSettings(telegramSettings, runtime);
    const token = agentToken(runtime, 'TELEGRAM_BOT_TOKEN');
    const channel = lend(runtime, settings, token?.token, () => new TelegramChannel(runtime));
    channel.#token = token;
    const { bot } = channel as unknown as Inside;
    if (bot && token) channel.#begin(bot, settings, token);
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

  /** The room of a person's own chat, which has the person's id; there is one once they have written. */
  roomOf(personId: string): Promise<UUID> {
    return Promise.resolve(createUniqueUuid(this.runtime, personId));
  }

  override async stop(): Promise<void> {
    this.#endMenu();
    await this.#open?.connection.close();
  }

  #begin(bot: Telegraf, settings: TelegramSettings, { token, setting }: AgentToken): void {
    const { runtime } = this;
    const { telegram } = bot;
    const log = (problem: string, error: unknown): void => this.#log(problem, error);
    const sender = new TelegramSender({
      ...{ telegram, log },
      withButtons: (text) => withButtons(runtime, text),
    });
    const connection = new TelegramConnection({
      ...{ agent: runtime.character.name, token, setting, bot, log },
      onOnline: () => this.#online(),
    });
    this.#open = {
      connection,
      sender,
      menu: new TelegramMenu(telegram),
      reception: this.#reception(bot),
    };
    // The official service asks for this one by itself, at each message.
    if (settings.TELEGRAM_ALLOWED_CHATS)
      runtime.setSetting('TELEGRAM_ALLOWED_CHATS', settings.TELEGRAM_ALLOWED_CHATS);
    // Whatever gets through to the agent in a group was said to it.
    const sources = runtime.getSetting('ALWAYS_RESPOND_SOURCES');
    runtime.setSetting('ALWAYS_RESPOND_SOURCES', [sources, 'telegram'].filter(Boolean).join(','));
    this.#hear(bot, this.#open);
    this.#speak(sender);
    connection.open();
  }

  #reception(bot: Telegraf): Reception {
    const { runtime } = this;
    const settings = agentSettings(channelsSettings, runtime);
    return new Reception({
      platform: 'telegram',
      adminChats: settings.CHANNELS_ADMIN_CHATS,
      perMinute: settings.CHANNELS_PER_MINUTE,
      roleInSettings: (account) => roleOfAccount(runtime, account),
      admins: {
        isAdmin: async (chatId, id) => {
          const admins = await bot.telegram.getChatAdministrators(chatId);
          return admins.some(({ user }) => !user.is_bot && String(user.id) === id);
        },
      },
      clock: systemClock,
      log: (problem, error) => this.#log(problem, error),
    });
  }

  // --- The way in

  #hear(bot: Telegraf, { sender, reception }: Open): void {
    const inside = this as unknown as Inside;
    const log = (problem: string, error: unknown): void => this.#log(problem, error);
    const refusalOf = (id: string): string | undefined => reception.refusalOf(id);
    const gate = new TelegramGate({
      refusalOf,
      principalOf: (id) => reception.principalOf(id),
      say: (place, text) => sender.send(place, text),
      admit: (admitted, next) => this.#admit(admitted, next),
    });
    const presses = new TelegramPresses({
      ...{ telegram: bot.telegram, refusalOf, log },
      decide: (press) => this.#decide(press, reception),
      isWaiting: (id) => isWaiting(this.runtime, id),
      say: (place, text, replyTo) => sender.send(place, text, replyTo),
    });
    // Telegraf would end the process.
    bot.catch((error) => log('a message from Telegram could not be read', error));
    bot.use((context, next) => gate.pass(context, next));
    inside.setupMiddlewares();
    bot.on('callback_query', (context) => {
      // What is decided may take long, and others wait to be heard.
      presses
        .take(context)
        .catch((error: unknown) => log('a pressed button was not answered', error));
    });
    inside.setupMessageHandlers();
    this.#showWork();
  }

  async #admit(
    { principal, personId, place, isPrivate }: Admitted,
    next: () => Promise<void>,
  ): Promise<void> {
    if (isPrivate && principal.role !== 'guest') this.#showMenu(principal.role, place.chatId);
    const { runtime } = this;
    await this.#turns.run(place, () => inConversation(startConversation({ principal }), next));
    const worldId = createUniqueUuid(runtime, String(place.chatId));
    const entityId = createUniqueUuid(runtime, personId);
    await keepWorldRole(runtime, { worldId, entityId }, principal.role);
  }

  // As if the person had written it: the same front, role, order and record.
  async #decide({ id, personId, place, decision }: Press, reception: Reception): Promise<Outcome> {
    const { runtime } = this;
    const principal = await reception.principalOf(personId);
    const message = {
      id: createUniqueUuid(runtime, `press:${id}`),
      entityId: createUniqueUuid(runtime, personId),
      agentId: runtime.agentId,
      roomId: createUniqueUuid(runtime, channelIdOf(place)),
      content: { text: `/${decision.verdict} ${decision.id}`, source: 'telegram' },
      createdAt: systemClock(),
    };
    const answers: Content[] = [];
    await this.#turns.run(place, () =>
      inConversation(startConversation({ principal }), async () =>
        runtime.messageService?.handleMessage(runtime, message, (content) => {
          answers.push(content);
          return Promise.resolve([]);
        }),
      ),
    );
    const text = answers.map((answer) => answer.text).join('\n');
    return { text, isRefused: answers.at(-1)?.source === 'error' };
  }

  // The official service returns as soon as an agent has the message, so the work itself is watched.
  #showWork(): void {
    const service = this.runtime.messageService;
    if (!service) return;
    const handle = service.handleMessage.bind(service);
    service.handleMessage = async (runtime, message, callback, options) => {
      const place = this.#turns.getStore();
      if (!place) return handle(runtime, message, callback, options);
      const end = this.#showTyping(place);
      try {
        // What other agents do for it is no turn of its own.
        return await this.#turns.run(undefined, () =>
          handle(runtime, message, callback && inTheChat(callback), options),
        );
      } finally {
        end();
      }
    };
  }

  #showTyping({ chatId, threadId }: Place): () => void {
    const topic = threadId === undefined ? {} : { message_thread_id: threadId };
    const { bot } = this as unknown as Inside;
    return every(
      TYPING_MS,
      async () => {
        await bot?.telegram.sendChatAction(chatId, 'typing', topic);
      },
      (error) => this.runtime.logger.debug({ src: 'channels', error }, 'typing was not shown'),
    );
  }

  // --- The way out

  #speak(sender: TelegramSender): void {
    const manager = this.messageManager;
    if (!manager) return;
    const official = manager.sendMessageInChunks.bind(manager);
    manager.sendMessageInChunks = async (context, content, replyTo) => {
      if (content.attachments?.length) return official(context, content, replyTo);
      const place = context.message
        ? placeOf(context.message)
        : readPlace(String(context.chat?.id));
      return place ? sender.send(place, content.text ?? '', replyTo) : [];
    };
    this.runtime.registerSendHandler('telegram', async (agent, { channelId, roomId }, content) => {
      const id = channelId ?? (roomId && (await agent.getRoom(roomId))?.channelId) ?? '';
      const place = readPlace(id);
      if (!place)
        throw new NotDeliveredError({ place: id, problem: 'that is no chat of Telegram' });
      await sender.send(place, content.text ?? '');
    });
  }

  #online(): void {
    this.runtime.logger.info({ src: 'channels' }, this.state.words);
    this.#endMenu();
    this.#endMenu = every(MENU_MS, async () => this.#updateMenu('guest'), this.#menuProblem);
  }

  #showMenu(role: Role, chatId: number): void {
    this.#updateMenu(role, chatId).catch(this.#menuProblem);
  }

  async #updateMenu(role: Role, chatId?: number): Promise<void> {
    await refreshCommands(this.runtime);
    await this.#open?.menu.show(commandMenu(commandsOf(this.runtime).values(), role), chatId);
  }

  readonly #menuProblem = (error: unknown): void =>
    this.#log('the command menu was not set', error);

  // Errors of the network have the address in them, and the address has the token in it.
  #log(problem: string, error: unknown): void {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const shown = this.#token ? said.replaceAll(this.#token.token, '[secret]') : said;
    this.runtime.logger.error({ src: 'channels', error: shown }, problem);
  }
}

// With `DM` the official service would send the answer past us, uncut, to the person alone.
function inTheChat(callback: HandlerCallback): HandlerCallback {
  return ({ channelType: _, ...content }, ...more) => callback(content, ...more);
}

const NO_TOKEN = 'Telegram: there is no token.';

// The official service reads its settings through ElizaOS, which would keep them with the agent in
// the database: it sees them while it is made, and nobody else does.
function lend<Made>(
  { character }: IAgentRuntime,
  { TELEGRAM_API_ROOT }: TelegramSettings,
  token: string | undefined,
  make: () => Made,
): Made {
  const own = character.secrets;
  character.secrets = {
    ...own,
    TELEGRAM_API_ROOT,
    ...(token === undefined ? {} : { TELEGRAM_BOT_TOKEN: token }),
  };
  try {
    return make();
  } finally {
    if (own) character.secrets = own;
    else delete character.secrets;
  }
}
