import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createUniqueUuid, type Content, type IAgentRuntime, type Memory } from '@elizaos/core';
import { TelegramService } from '@elizaos/plugin-telegram';
import {
  agentSettings,
  commandsOf,
  every,
  explainError,
  inConversation,
  processWide,
  refreshCommands,
  roleOfAccount,
  startConversation,
  systemClock,
  withinTime,
  type BaseError,
  type Principal,
  type Role,
} from '@371os/kernel';
import type { Context, Telegraf } from 'telegraf';
import type { Message } from 'telegraf/types';
import { readPlace, refusalIn, TelegramSender, type Place } from '../adapters/telegram-sender.ts';
import { readPressed, type PressedDecision } from '../domain/approval-buttons.ts';
import { commandMenu, shorten } from '../domain/command-menu.ts';
import { readIncoming } from '../domain/incoming.ts';
import {
  NotDeliveredError,
  PlatformUnreachableError,
  TokenInUseError,
  WrongTokenError,
} from '../errors/channels.ts';
import { channelsSettings } from '../settings/channels.ts';
import { telegramSettings, type TelegramSettings } from '../settings/telegram.ts';
import { agentToken, type AgentToken } from './agent-token.ts';
import { buttonsFor, isWaiting } from './approval-buttons.ts';
import { Reception } from './reception.ts';

// What the official service keeps to itself, in the version that package.json names exactly.
interface Inside {
  readonly bot: Telegraf | null;
  setupMiddlewares(): void;
  setupMessageHandlers(): void;
}

/** How the connection stands. */
export interface ChannelState {
  readonly isOnline: boolean;
  /** For a person: what is, or what to do. */
  readonly words: string;
}

const UPDATES = ['message', 'callback_query'] as const;
const TYPING_MS = 4_000;
const MENU_MS = 5 * 60_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const STOP_WAIT_MS = 5_000;
// Telegram shows a button as pressed for some seconds only.
const ANSWER_WITHIN_MS = 2_000;
const LONGEST_ALERT = 200;

// Which agent of this process listens with which token.
const listeners = processWide('telegram-listeners', () => new Map<string, string>());

/**
 * Telegram by the official service, with what it leaves open: who may come in and as whom, buttons for
 * approvals, the menu, messages in pieces, and a connection whose failure is a sentence, not the end of
 * the process.
 */
export class TelegramChannel extends TelegramService {
  #state: ChannelState = { isOnline: false, words: 'Telegram: connecting.' };
  readonly #ending = new AbortController();
  readonly #turns = new AsyncLocalStorage<Place | undefined>();
  #token: AgentToken = { token: '', setting: 'TELEGRAM_BOT_TOKEN' };
  #sender!: TelegramSender;
  #reception!: Reception;
  #polling: Promise<void> = Promise.resolve();
  #endMenu: () => void = () => undefined;
  readonly #menus = new Map<string, string>();

  static override start(runtime: IAgentRuntime): Promise<TelegramChannel> {
    const settings = agentSettings(telegramSettings, runtime);
    const token = agentToken(runtime, 'TELEGRAM_BOT_TOKEN');
    const channel = lend(runtime, settings, token?.token, () => new TelegramChannel(runtime));
    if (token) channel.#token = token;
    try {
      channel.#open(settings);
    } catch (error) {
      channel.#fail(error);
    }
    return Promise.resolve(channel);
  }

  /** How the connection stands. */
  get state(): ChannelState {
    return this.#state;
  }

  /** Says something in a chat. @throws NotDeliveredError */
  async say(channelId: string, text: string): Promise<void> {
    const place = readPlace(channelId);
    if (!place)
      throw new NotDeliveredError({ place: channelId, problem: 'that is no chat of Telegram' });
    await this.#sender.send(place, text);
  }

  override async stop(): Promise<void> {
    this.#ending.abort();
    this.#endMenu();
    const bot = this.#inside.bot;
    // It throws when it does not listen, which is what is wanted.
    if (bot && 'polling' in bot) bot.stop();
    if (listeners.get(this.#token.token) === this.#agent) listeners.delete(this.#token.token);
    await withinTime(
      this.#polling,
      STOP_WAIT_MS,
      () => new NotDeliveredError({ place: 'Telegram', problem: 'it did not stop in time' }),
    ).catch((error: unknown) => this.#log('Telegram was left without a word', error));
  }

  get #inside(): Inside {
    return this as unknown as Inside;
  }

  get #agent(): string {
    return this.runtime.character.name;
  }

  #open(settings: TelegramSettings): void {
    const { bot } = this.#inside;
    if (!bot || !this.messageManager)
      throw new WrongTokenError({ agent: this.#agent, setting: this.#token.setting });
    const { runtime } = this;
    const { CHANNELS_ADMIN_CHATS: adminChats, CHANNELS_PER_MINUTE: perMinute } = agentSettings(
      channelsSettings,
      runtime,
    );
    const log = (problem: string, error: unknown): void => this.#log(problem, error);
    this.#sender = new TelegramSender({
      telegram: bot.telegram,
      log,
      buttonsFor: (text) => buttonsFor(runtime, text),
    });
    this.#reception = new Reception({
      ...{ platform: 'telegram', adminChats, perMinute, clock: systemClock, log },
      roleInSettings: (account) => roleOfAccount(runtime, account),
      admins: {
        adminsOf: async (chatId) => {
          const admins = await bot.telegram.getChatAdministrators(chatId);
          return admins.filter(({ user }) => !user.is_bot).map(({ user }) => String(user.id));
        },
      },
    });
    this.#listen(bot);
    this.#speak();
    // The official service answers this setting by itself, of each message.
    if (settings.TELEGRAM_ALLOWED_CHATS)
      runtime.setSetting('TELEGRAM_ALLOWED_CHATS', settings.TELEGRAM_ALLOWED_CHATS);
    // Whatever gets through to the agent in a group was said to it.
    const sources = runtime.getSetting('ALWAYS_RESPOND_SOURCES');
    runtime.setSetting('ALWAYS_RESPOND_SOURCES', [sources, 'telegram'].filter(Boolean).join(','));
    const by = listeners.get(this.#token.token);
    if (by !== undefined && by !== this.#agent)
      throw new TokenInUseError({ agent: this.#agent, by });
    listeners.set(this.#token.token, this.#agent);
    this.#polling = this.#poll(bot);
  }

  // --- The way in

  #listen(bot: Telegraf): void {
    bot.catch((error) => this.#log('a message from Telegram could not be read', error));
    bot.use(async (context, next) => this.#receive(context, next));
    this.#inside.setupMiddlewares();
    bot.on('callback_query', (context) => {
      this.#press(context).catch((error: unknown) =>
        this.#log('a pressed button could not be answered', error),
      );
    });
    this.#inside.setupMessageHandlers();
    this.#showWork();
  }

  // The official service would take edited messages for a chat's first, and answers other bots.
  async #receive(context: Context, next: () => Promise<void>): Promise<void> {
    const { from, chat } = context;
    if (!from || from.is_bot || !chat) return;
    if (context.callbackQuery) return next();
    const message = context.message as Message.TextMessage | undefined;
    if (!message) return;
    const place = placeOf(message);
    const refusal = this.#reception.refusalOf(String(from.id));
    if (refusal !== undefined) {
      if (refusal !== '' && chat.type === 'private') await this.#sender.send(place, refusal);
      return;
    }
    if (!this.#readInto(context, message)) return;
    const principal = await this.#reception.principalOf(String(from.id));
    if (chat.type === 'private') this.#offerMenu(chat.id, principal.role);
    await this.#turns.run(place, () => inConversation(startConversation({ principal }), next));
  }

  // The official service reads the text out of the message, so the text is put there.
  #readInto(context: Context, message: Message.TextMessage): boolean {
    const isGroup = message.chat.type !== 'private';
    const text = (message as Partial<Message.TextMessage>).text;
    const caption = (message as unknown as { caption?: string }).caption;
    const said = readIncoming(
      {
        text: text ?? caption ?? '',
        isGroup,
        isReply: message.reply_to_message?.from?.id === context.botInfo.id,
        isForwarded: 'forward_origin' in message,
      },
      context.botInfo.username,
    );
    if (said === undefined) return false;
    Object.assign(
      message,
      text === undefined ? (caption === undefined ? {} : { caption: said }) : { text: said },
    );
    return true;
  }

  // The official service returns as soon as an agent has the message, so the work itself is watched.
  #showWork(): void {
    const service = this.runtime.messageService;
    if (!service) return;
    const handle = service.handleMessage.bind(service);
    service.handleMessage = async (...call) => {
      const place = this.#turns.getStore();
      if (!place) return handle(...call);
      const end = this.#showTyping(place);
      try {
        // What other agents do for it is no turn of its own.
        return await this.#turns.run(undefined, () => handle(...call));
      } finally {
        end();
      }
    };
  }

  #showTyping({ chatId, threadId }: Place): () => void {
    const topic = threadId === undefined ? {} : { message_thread_id: threadId };
    return every(
      TYPING_MS,
      async () => {
        await this.#inside.bot?.telegram.sendChatAction(chatId, 'typing', topic);
      },
      (error) => this.runtime.logger.debug({ src: 'channels', error }, 'typing could not be shown'),
    );
  }

  // --- Buttons

  async #press(context: Context): Promise<void> {
    const { callbackQuery: query, from } = context;
    if (!query || !from) return;
    const decision = 'data' in query ? readPressed(query.data) : undefined;
    const message = query.message as Message.TextMessage | undefined;
    if (!decision || !message)
      return void (await context.answerCbQuery('This button is of no use any more.'));
    const refusal = this.#reception.refusalOf(String(from.id));
    if (refusal !== undefined)
      return void (await context.answerCbQuery(shorten(refusal, LONGEST_ALERT)));
    const principal = await this.#reception.principalOf(String(from.id));
    const place = placeOf(message);
    const outcome = this.#decide(principal, place, `${query.id}:${String(from.id)}`, decision);
    const early = await Promise.race([outcome, wait(ANSWER_WITHIN_MS, undefined)]);
    await context.answerCbQuery(
      early?.source === 'error' ? shorten(early.text, LONGEST_ALERT) : undefined,
      { show_alert: early?.source === 'error' },
    );
    const { text, source } = await outcome;
    if (source !== 'error' || !early) await this.#sender.send(place, text, message.message_id);
    if (!(await isWaiting(this.runtime, decision.id)))
      await this.#withoutButtons(message, decision);
  }

  // As if the person had written it: the same front, role, order and record.
  async #decide(
    principal: Principal,
    place: Place,
    key: string,
    { verdict, id }: PressedDecision,
  ): Promise<{ text: string; source: string | undefined }> {
    const { runtime } = this;
    const { chatId, threadId } = place;
    const room = threadId === undefined ? String(chatId) : `${chatId}-${threadId}`;
    const message: Memory = {
      id: createUniqueUuid(runtime, `callback:${key}`),
      entityId: createUniqueUuid(runtime, key.split(':').at(-1) ?? key),
      agentId: runtime.agentId,
      roomId: createUniqueUuid(runtime, room),
      content: { text: `/${verdict} ${id}`, source: 'telegram' },
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
    return { text, source: answers.at(-1)?.source };
  }

  async #withoutButtons(
    { chat, message_id, reply_markup: markup }: Message.TextMessage,
    { id }: PressedDecision,
  ): Promise<void> {
    const rows = (markup?.inline_keyboard ?? []).filter(
      (row) =>
        !row.some(
          (button) => 'callback_data' in button && readPressed(button.callback_data)?.id === id,
        ),
    );
    try {
      await this.#inside.bot?.telegram.editMessageReplyMarkup(chat.id, message_id, undefined, {
        inline_keyboard: rows,
      });
    } catch (error) {
      // Somebody else has taken them away, or the message itself.
      this.runtime.logger.debug({ src: 'channels', error }, 'buttons could not be taken away');
    }
  }

  // --- The way out

  #speak(): void {
    const manager = this.messageManager;
    if (!manager) return;
    const official = manager.sendMessageInChunks.bind(manager);
    manager.sendMessageInChunks = async (context, content, replyTo) => {
      if (content.attachments && content.attachments.length > 0)
        return official(context, content, replyTo);
      const place = context.message
        ? placeOf(context.message)
        : readPlace(String(context.chat?.id));
      return place ? this.#sender.send(place, content.text ?? '', replyTo) : [];
    };
    this.runtime.registerSendHandler(
      'telegram',
      async (runtime, { channelId, roomId }, content) => {
        const place = channelId ?? (roomId && (await runtime.getRoom(roomId))?.channelId) ?? '';
        await this.say(place, content.text ?? '');
      },
    );
  }

  // --- The menu

  #offerMenu(chatId: number, role: Role): void {
    if (role === 'guest') return;
    this.#setMenu(role, chatId).catch((error: unknown) =>
      this.#log('the command menu could not be set', error),
    );
  }

  async #setMenu(role: Role, chatId?: number): Promise<void> {
    await refreshCommands(this.runtime);
    const menu = commandMenu(commandsOf(this.runtime).values(), role);
    const key = String(chatId ?? 'all');
    const shown = JSON.stringify(menu);
    if (this.#menus.get(key) === shown) return;
    this.#menus.set(key, shown);
    await this.#inside.bot?.telegram.setMyCommands(
      menu,
      chatId === undefined ? {} : { scope: { type: 'chat', chat_id: chatId } },
    );
  }

  // --- The connection

  async #poll(bot: Telegraf): Promise<void> {
    for (
      let retryMs = FIRST_RETRY_MS;
      !this.#ended;
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    ) {
      try {
        await bot.launch({ allowedUpdates: [...UPDATES], dropPendingUpdates: false }, () => {
          retryMs = FIRST_RETRY_MS;
          this.#greet(bot);
        });
        return;
      } catch (error) {
        if (this.#ended) return;
        const problem = this.#problemIn(error);
        this.#fail(problem);
        if (!problem.isRetryable) return;
      }
      await wait(retryMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
    }
  }

  get #ended(): boolean {
    return this.#ending.signal.aborted;
  }

  #greet(bot: Telegraf): void {
    const words = `Telegram: ${this.#agent} is @${bot.botInfo?.username ?? 'unknown'}.`;
    this.#state = { isOnline: true, words };
    this.runtime.logger.info({ src: 'channels' }, words);
    this.#endMenu();
    this.#endMenu = every(
      MENU_MS,
      () => this.#setMenu('guest'),
      (error) => this.#log('the command menu could not be set', error),
    );
  }

  #problemIn(error: unknown): BaseError {
    const agent = this.#agent;
    const code = refusalIn(error)?.code;
    if (code === 401 || code === 404)
      return new WrongTokenError({ agent, setting: this.#token.setting });
    if (code === 409) return new TokenInUseError({ agent });
    return new PlatformUnreachableError({ agent, platform: 'Telegram', cause: error });
  }

  #fail(error: unknown): void {
    this.#state = { isOnline: false, words: explainError(error) };
    this.#log(this.#state.words, error);
  }

  #log(problem: string, error: unknown): void {
    const said = (
      error instanceof Error ? (error.stack ?? error.message) : String(error)
    ).replaceAll(this.#token.token || '\0', '[secret]');
    this.runtime.logger.error({ src: 'channels', error: said }, problem);
  }
}

// The official service reads its settings through ElizaOS, which would keep them with the agent in
// the database: it sees them while it is made, and nobody else does.
function lend<Made>(
  runtime: IAgentRuntime,
  settings: TelegramSettings,
  token: string | undefined,
  make: () => Made,
): Made {
  const { character } = runtime;
  const own = character.secrets;
  character.secrets = {
    ...own,
    ...(token === undefined ? {} : { TELEGRAM_BOT_TOKEN: token }),
    TELEGRAM_API_ROOT: settings.TELEGRAM_API_ROOT,
  };
  try {
    return make();
  } finally {
    if (own) character.secrets = own;
    else delete character.secrets;
  }
}

function placeOf(message: Message): Place {
  const {
    chat,
    is_topic_message: isTopic,
    message_thread_id: threadId,
  } = message as Message.TextMessage;
  return { chatId: chat.id, ...(isTopic && threadId !== undefined ? { threadId } : {}) };
}
