import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import TelegramServer from 'telegram-test-api';

/** A bot that the server knows. */
export interface KnownBot {
  readonly id: number;
  readonly username: string;
}

/** A person's words in a chat, as Telegram hands them to a bot. */
export interface Person {
  readonly id: number;
  readonly name: string;
  readonly isBot?: boolean;
}

/** What a bot has said. */
export interface Said {
  /** Its username. */
  readonly bot: string;
  readonly messageId: number;
  readonly chatId: number;
  readonly threadId: number | undefined;
  /** As it was sent, with its markup. */
  readonly text: string;
  readonly parseMode: string | undefined;
  /** As a person reads it. */
  readonly visible: string;
  /** What its buttons send back. */
  buttons: string[];
}

/** A method of the Bot API that was called. */
export interface Call {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

interface Request {
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}
interface Response {
  status(code: number): Response;
  json(body: unknown): void;
  once(event: 'close', listener: () => void): void;
  readonly socket: Socket | null;
}
type Handler = (request: Request, response: Response, next: () => void) => void;
interface Layer {
  readonly route?: unknown;
}
interface App {
  all(path: string, handler: Handler): void;
  readonly _router: { readonly stack: Layer[] };
}

const LONGEST = 4_096;

/**
 * The Bot API on loopback: telegram-test-api, with what it lacks or does otherwise than Telegram: it
 * knows its bots by their tokens, polls are long and one at a time, markup and length are checked, and
 * the methods are there that a bot of ours calls.
 */
export class TestTelegram {
  readonly url: string;
  readonly calls: Call[] = [];
  readonly said: Said[] = [];
  /** Refuses the next calls of a method with these answers. */
  readonly refusals = new Map<
    string,
    { code: number; description: string; retryAfterS?: number }[]
  >();
  /** Breaks the connections of that many next calls of a method. */
  readonly breaks = new Map<string, number>();
  /** Ids of who administers a chat. */
  readonly admins = new Map<number, number[]>();
  readonly #server: TelegramServer;
  readonly #bots: ReadonlyMap<string, KnownBot>;
  readonly #queues = new Map<string, Record<string, unknown>[]>();
  readonly #polls = new Map<string, (conflict: boolean) => void>();
  readonly #waiting = new Map<number, (said: Said) => void>();
  #updateId = 1;
  #messageId = 1_000;

  private constructor(port: number, bots: ReadonlyMap<string, KnownBot>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#bots = bots;
    this.#server = new TelegramServer({ port, host: '127.0.0.1' });
    const { webServer: app } = this.#server as unknown as { readonly webServer: App };
    const before = app._router.stack.findIndex(({ route }) => route !== undefined);
    const count = app._router.stack.length;
    app.all('/bot:token/:method', (...call) => this.#check(...call));
    app.all('/bot:token/:method', (...call) => this.#answer(...call));
    app._router.stack.splice(before, 0, ...app._router.stack.splice(count));
  }

  static async start(bots: Readonly<Record<string, KnownBot>>): Promise<TestTelegram> {
    const telegram = new TestTelegram(await freePort(), new Map(Object.entries(bots)));
    await telegram.#server.start();
    return telegram;
  }

  async stop(): Promise<void> {
    for (const end of this.#polls.values()) end(false);
    await this.#server.stop();
  }

  /** A person writes to a bot, in their own chat unless another is named. */
  write(token: string, from: Person, text: string, more: Record<string, unknown> = {}): number {
    const messageId = (this.#messageId += 1);
    this.push(token, {
      message: {
        message_id: messageId,
        date: Math.floor(Date.now() / 1_000),
        from: personOf(from),
        chat: { id: from.id, type: 'private', first_name: from.name },
        text,
        ...(text.startsWith('/')
          ? { entities: [{ type: 'bot_command', offset: 0, length: text.split(/\s/)[0]?.length }] }
          : {}),
        ...more,
      },
    });
    return messageId;
  }

  /**
   * A person writes to a bot in their own chat, and waits for what is said there next.
   * @throws RangeError when nothing is said within `timeoutMs`
   */
  async ask(token: string, from: Person, text: string, timeoutMs: number): Promise<Said> {
    const { promise, resolve, reject } = Promise.withResolvers<Said>();
    const timer = setTimeout(
      () => reject(new RangeError(`no answer in the chat of ${from.name}`)),
      timeoutMs,
    );
    this.#waiting.set(from.id, resolve);
    this.write(token, from, text);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(from.id);
    }
  }

  /** A person presses a button below something that a bot has said. */
  press(token: string, from: Person, below: Said, data: string): void {
    this.push(token, {
      callback_query: {
        id: String(this.#updateId),
        from: personOf(from),
        chat_instance: '1',
        data,
        message: {
          message_id: below.messageId,
          date: Math.floor(Date.now() / 1_000),
          chat: { id: below.chatId, type: below.chatId < 0 ? 'supergroup' : 'private' },
          text: below.visible,
          reply_markup: {
            inline_keyboard: below.buttons.map((one) => [{ text: one, callback_data: one }]),
          },
        },
      },
    });
  }

  push(token: string, update: Record<string, unknown>): void {
    const queue = this.#queues.get(token) ?? [];
    this.#queues.set(token, queue);
    queue.push({ update_id: (this.#updateId += 1), ...update });
    this.#polls.get(token)?.(false);
  }

  /** What was said in a chat, oldest first. */
  in(chatId: number): Said[] {
    return this.said.filter((said) => said.chatId === chatId);
  }

  /** Calls of one method. */
  of(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  #check({ params, body }: Request, response: Response, next: () => void): void {
    const { token = '', method = '' } = params;
    if (!this.#bots.has(token)) return refuse(response, 401, 'Unauthorized');
    if (method !== 'getUpdates') this.calls.push({ method, body, atMs: Date.now() });
    const breaks = this.breaks.get(method) ?? 0;
    if (breaks > 0) {
      this.breaks.set(method, breaks - 1);
      response.socket?.destroy();
      return;
    }
    const refusal = this.refusals.get(method)?.shift();
    if (refusal) return refuse(response, refusal.code, refusal.description, refusal.retryAfterS);
    next();
  }

  #answer({ params, body }: Request, response: Response, next: () => void): void {
    const { token = '', method = '' } = params;
    const answer = (result: unknown): void => response.json({ ok: true, result });
    switch (method) {
      case 'getMe':
        return answer({ ...this.#bots.get(token), is_bot: true, first_name: 'Bot' });
      case 'getUpdates':
        return this.#poll(token, body, response);
      case 'sendMessage':
        return this.#say(token, body, response);
      case 'getChatAdministrators':
        return answer(
          (this.admins.get(Number(body['chat_id'])) ?? []).map((id) => ({
            status: 'administrator',
            user: { id, is_bot: false, first_name: String(id) },
          })),
        );
      case 'editMessageReplyMarkup':
        this.#edit(body);
        return next();
      case 'sendChatAction':
      case 'setMyCommands':
        return answer(true);
      default:
        next();
    }
  }

  #poll(token: string, body: Request['body'], response: Response): void {
    const allowed = body['allowed_updates'] as string[] | undefined;
    const take = (): Record<string, unknown>[] => {
      const queue = this.#queues.get(token)?.splice(0) ?? [];
      return queue.filter((update) => !allowed || allowed.some((kind) => kind in update));
    };
    this.#polls.get(token)?.(true);
    const waiting = take();
    if (waiting.length > 0) return response.json({ ok: true, result: waiting });
    const end = (isConflict: boolean): void => {
      if (this.#polls.get(token) === end) this.#polls.delete(token);
      clearTimeout(timer);
      if (isConflict) refuse(response, 409, 'Conflict: terminated by other getUpdates request');
      else response.json({ ok: true, result: take() });
    };
    const timer = setTimeout(() => end(false), Number(body['timeout'] ?? 0) * 1_000);
    response.once('close', () => {
      if (this.#polls.get(token) === end) this.#polls.delete(token);
      clearTimeout(timer);
    });
    this.#polls.set(token, end);
  }

  #say(token: string, body: Request['body'], response: Response): void {
    const text = (body['text'] as string | undefined) ?? '';
    const parseMode = body['parse_mode'] as string | undefined;
    const read = READERS[parseMode ?? ''];
    if (!read) return refuse(response, 400, `Bad Request: this server checks no ${parseMode}`);
    const visible = read(text);
    if (visible === undefined) return refuse(response, 400, "Bad Request: can't parse entities");
    if (visible.trim() === '') return refuse(response, 400, 'Bad Request: message text is empty');
    if (visible.length > LONGEST) return refuse(response, 400, 'Bad Request: message is too long');
    const message = this.#server.addBotMessage(body, token) as { message_id: number };
    const keyboard = body['reply_markup'] as
      { inline_keyboard?: { callback_data: string }[][] } | undefined;
    const said = {
      ...{
        bot: this.#bots.get(token)?.username ?? '',
        messageId: message.message_id,
        chatId: Number(body['chat_id']),
        text,
        parseMode,
        visible,
      },
      threadId: body['message_thread_id'] as number | undefined,
      buttons: (keyboard?.inline_keyboard ?? []).flat().map((button) => button.callback_data),
    };
    this.said.push(said);
    this.#waiting.get(said.chatId)?.(said);
    response.json({
      ok: true,
      result: { ...message, text: visible, date: Math.floor(Date.now() / 1_000) },
    });
  }

  #edit(body: Request['body']): void {
    const said = this.said.find(({ messageId }) => messageId === Number(body['message_id']));
    const keyboard = body['reply_markup'] as { inline_keyboard?: { callback_data: string }[][] };
    if (said)
      said.buttons = (keyboard.inline_keyboard ?? []).flat().map((one) => one.callback_data);
  }
}

function personOf({ id, name, isBot = false }: Person): Record<string, unknown> {
  return { id, first_name: name, username: name, is_bot: isBot };
}

function refuse(response: Response, code: number, description: string, retryAfterS?: number): void {
  response.status(code).json({
    ...{ ok: false, error_code: code, description },
    ...(retryAfterS === undefined ? {} : { parameters: { retry_after: retryAfterS } }),
  });
}

const TAG = /<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<>]*")*)\s*>/y;
const KNOWN_TAGS = new Set(['b', 'i', 's', 'u', 'code', 'pre', 'blockquote', 'a']);

/** What Telegram shows of its HTML, or undefined where it refuses it. */
export function readHtml(html: string): string | undefined {
  const open: string[] = [];
  let visible = '';
  for (let at = 0; at < html.length;) {
    const rest = html.charAt(at);
    if (rest === '<') {
      TAG.lastIndex = at;
      const [whole, slash, name = '', attributes = ''] = TAG.exec(html) ?? [];
      if (whole === undefined || !KNOWN_TAGS.has(name)) return undefined;
      if (attributes !== '' && !(name === 'code' && open.at(-1) === 'pre')) return undefined;
      if (slash === '') {
        // https://core.telegram.org/bots/api#formatting-options
        if (open.includes('code') || (open.includes('pre') && name !== 'code')) return undefined;
        if (name === 'blockquote' && open.includes('blockquote')) return undefined;
        open.push(name);
      } else if (open.pop() !== name) return undefined;
      at += whole.length;
    } else if (rest === '&') {
      const [entity] = /^&(?:lt|gt|amp|quot);/.exec(html.slice(at)) ?? [];
      if (entity === undefined) return undefined;
      visible += { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"' }[entity] ?? '';
      at += entity.length;
    } else {
      visible += rest;
      at += 1;
    }
  }
  return open.length === 0 ? visible : undefined;
}

// Every character that MarkdownV2 reserves is escaped, and nothing is marked up.
const PLAIN_MARKDOWN_V2 = /^(?:\\[\x21-\x7e]|[^_*[\]()~`>#+\-=|{}.!\\])*$/;

/** How a text is read in each mode that is checked; undefined where Telegram refuses it. */
const READERS: Readonly<Record<string, (text: string) => string | undefined>> = {
  '': (text) => text,
  HTML: readHtml,
  MarkdownV2: (text) =>
    PLAIN_MARKDOWN_V2.test(text) ? text.replaceAll(/\\(.)/g, '$1') : undefined,
};

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}
