import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** A bot that the server knows. */
export interface KnownBot {
  readonly id: string;
  readonly username: string;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly isBot?: boolean;
}

/** A server of Discord, as people call it, with what of it the bots are to see. */
export interface Guild {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly channels: readonly string[];
  /** Ids of roles with their permissions, as decimal bits. */
  readonly roles: Readonly<Record<string, string>>;
  /** Ids of people with those of their roles. */
  readonly members: Map<string, string[]>;
}

/** What a bot has said. */
export interface Said {
  readonly id: string;
  readonly botId: string;
  readonly channelId: string;
  readonly content: string;
  readonly replyTo: string | undefined;
  /** Whether one person alone sees it. */
  readonly isWhisper: boolean;
  /** Whom it calls: `everyone`, or ids. */
  readonly calls: readonly string[];
  /** What its buttons send back. */
  buttons: string[];
}

/** A request to the REST interface. */
export interface Call {
  /** `POST /channels/1/messages`. */
  readonly route: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Refusal {
  readonly status: number;
  readonly code?: number;
  readonly message: string;
  readonly retryAfterS?: number;
  readonly errors?: unknown;
}

interface Session {
  readonly id: string;
  readonly bot: KnownBot;
  readonly intents: number;
  readonly sent: string[];
  socket: WebSocket | undefined;
}

interface Asked {
  readonly botId: string;
  readonly channelId: string;
  readonly from: Person;
  acknowledged: number | undefined;
  original: Said | undefined;
}

type Body = Record<string, unknown>;
type Parts = readonly string[];

const EPOCH_MS = 1_420_070_400_000n;
const LONGEST = 2_000;
const INTENTS = { guildMessages: 1 << 9, directMessages: 1 << 12, content: 1 << 15 };
// Members, presences and the content of messages need Discord's leave.
const PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15);
const HEARTBEAT_MS = 41_250;
const UNKNOWN = { member: 10_007, message: 10_008, interaction: 10_062 };

/**
 * Discord's REST interface and gateway on loopback, as far as a bot of ours uses them, with what Discord
 * checks: tokens, intents, lengths, what may be called, and that an interaction is answered once.
 */
export class DiscordEmulator {
  readonly calls: Call[] = [];
  readonly said: Said[] = [];
  readonly guilds: Guild[] = [];
  /** Refuses the next requests of a route, such as `POST /channels/1/messages`, with these answers. */
  readonly refusals = new Map<string, Refusal[]>();
  readonly #http: Server;
  readonly #gateway: WebSocketServer;
  readonly #bots: Map<string, KnownBot>;
  readonly #sessions = new Map<string, Session>();
  readonly #asked = new Map<string, Asked>();
  readonly #written = new Set<string>();
  #ids = 0n;

  private constructor(bots: Readonly<Record<string, KnownBot>>) {
    this.#bots = new Map(Object.entries(bots));
    this.#http = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#gateway = new WebSocketServer({ server: this.#http });
    this.#gateway.on('connection', (socket) => this.#meet(socket));
  }

  /** @param port of an emulator that has been stopped, to come back as that */
  static async start(bots: Readonly<Record<string, KnownBot>>, port = 0): Promise<DiscordEmulator> {
    const discord = new DiscordEmulator(bots);
    discord.#http.listen(port, '127.0.0.1');
    await once(discord.#http, 'listening');
    return discord;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** What `DISCORD_API_ROOT` is to be. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/api`;
  }

  async stop(): Promise<void> {
    this.drop();
    this.#gateway.close();
    const closed = once(this.#http, 'close');
    this.#http.close();
    this.#http.closeAllConnections();
    await closed;
  }

  /** Breaks every connection to the gateway; the sessions can be resumed. */
  drop(): void {
    for (const socket of this.#gateway.clients) socket.terminate();
  }

  /** Makes a token void, as when its owner has another one made. */
  revoke(token: string): void {
    const bot = this.#bots.get(token);
    this.#bots.delete(token);
    for (const session of this.#sessions.values())
      if (session.bot === bot) session.socket?.close(4004, 'Authentication failed.');
  }

  /** Whether a bot is connected now. */
  hears(token: string): boolean {
    const bot = this.#bots.get(token);
    return [...this.#sessions.values()].some(
      (session) => session.bot === bot && session.socket !== undefined,
    );
  }

  /** The channel of a person's direct chat with a bot. */
  direct(token: string, { id }: { readonly id: string }): string {
    return directId(this.#bots.get(token)?.id ?? '', id);
  }

  /** A person writes to a bot alone, or in a channel of a server. Returns the id of the message. */
  write(to: string, from: Person, content: string, more: Body = {}): string {
    const message = this.#messageOf(to, from, content, more);
    for (const session of this.#hearing(to)) this.#dispatch(session, 'MESSAGE_CREATE', message);
    return message.id;
  }

  /** A person edits what they have written. */
  edit(to: string, from: Person, id: string, content: string): void {
    const message = this.#messageOf(to, from, content, {});
    const edited = { ...message, id, edited_timestamp: new Date().toISOString() };
    for (const session of this.#hearing(to)) this.#dispatch(session, 'MESSAGE_UPDATE', edited);
  }

  /** A person deletes what they have written. */
  delete(to: string, id: string): void {
    this.#written.delete(id);
    const gone = { id, channel_id: this.#channelOf(to), ...this.#guildOf(to) };
    for (const session of this.#hearing(to)) this.#dispatch(session, 'MESSAGE_DELETE', gone);
  }

  /** A person presses a button below something that a bot has said. */
  press(token: string, from: Person, below: Said, customId: string): string {
    return this.#ask(token, from, below.channelId, {
      type: 3,
      data: { component_type: 2, custom_id: customId },
      message: this.#shown(below),
    });
  }

  /** A person picks one of the commands that Discord offers, in their direct chat or in a channel. */
  command(
    token: string,
    from: Person,
    name: string,
    options: readonly { name: string; type: number; value: unknown }[] = [],
    channelId = this.direct(token, from),
  ): string {
    const data = { id: this.#id(), name, type: 1, options };
    return this.#ask(token, from, channelId, { type: 2, data });
  }

  /** What was said in a channel, oldest first. */
  in(channelId: string): Said[] {
    return this.said.filter((said) => said.channelId === channelId);
  }

  /** Requests whose route matches. */
  of(route: RegExp): Call[] {
    return this.calls.filter((call) => route.test(call.route));
  }

  // --- The gateway

  #meet(socket: WebSocket): void {
    let session: Session | undefined;
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = undefined;
    });
    socket.on('message', (data: Buffer) => {
      const { op, d } = JSON.parse(data.toString()) as { op: number; d: Body };
      if (op === 1) socket.send(JSON.stringify({ op: 11 }));
      if (op === 2) session = this.#identify(socket, d);
      if (op === 6) session = this.#resume(socket, d);
    });
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: HEARTBEAT_MS } }));
  }

  #identify(socket: WebSocket, { token, intents }: Body): Session | undefined {
    const bot = this.#bots.get(String(token));
    if (!bot) socket.close(4004, 'Authentication failed.');
    else if ((Number(intents) & PRIVILEGED) !== 0) socket.close(4014, 'Disallowed intent(s).');
    else return this.#begin(socket, bot, Number(intents));
    return undefined;
  }

  #begin(socket: WebSocket, bot: KnownBot, intents: number): Session {
    const session: Session = { id: this.#id(), bot, intents, sent: [], socket };
    this.#sessions.set(session.id, session);
    this.#dispatch(session, 'READY', {
      v: 10,
      user: this.#userOf({ ...bot, name: bot.username, isBot: true }),
      guilds: this.guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: this.#gatewayUrl,
      application: { id: bot.id, flags: 0 },
    });
    for (const guild of this.guilds)
      this.#dispatch(session, 'GUILD_CREATE', this.#wholeGuild(guild, bot));
    return session;
  }

  #resume(socket: WebSocket, { token, session_id: id, seq }: Body): Session | undefined {
    const session = this.#sessions.get(String(id));
    const bot = this.#bots.get(String(token));
    if (!bot) socket.close(4004, 'Authentication failed.');
    else if (session?.bot !== bot) socket.send(JSON.stringify({ op: 9, d: false }));
    else {
      session.socket = socket;
      for (const missed of session.sent.slice(Number(seq))) socket.send(missed);
      this.#dispatch(session, 'RESUMED', {});
      return session;
    }
    return undefined;
  }

  #dispatch(session: Session, event: string, data: unknown): void {
    const seen = event === 'MESSAGE_CREATE' ? asSeenBy(session, data as Body) : data;
    const frame = JSON.stringify({ op: 0, t: event, s: session.sent.length + 1, d: seen });
    session.sent.push(frame);
    session.socket?.send(frame);
  }

  /** The sessions that hear a channel, or those of the bot of a token for a direct chat with it. */
  #hearing(to: string): Session[] {
    const bot = this.#bots.get(to);
    return [...this.#sessions.values()].filter((session) =>
      bot
        ? session.bot === bot && (session.intents & INTENTS.directMessages) !== 0
        : (session.intents & INTENTS.guildMessages) !== 0,
    );
  }

  get #gatewayUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  // --- What people do

  #messageOf(to: string, from: Person, content: string, more: Body): Body & { id: string } {
    const id = this.#id();
    this.#written.add(id);
    const guild = this.#guildOf(to);
    const named = [...content.matchAll(/<@!?(\d+)>/g)].map(([, who = '']) => this.#userNamed(who));
    return {
      ...{ id, content, type: 0, flags: 0, tts: false, pinned: false },
      channel_id: this.#bots.has(to) ? this.direct(to, from) : to,
      author: this.#userOf(from),
      timestamp: new Date().toISOString(),
      edited_timestamp: null,
      ...{ mention_everyone: false, mentions: named, mention_roles: [] },
      ...{ attachments: [], embeds: [] },
      ...guild,
      ...(guild.guild_id === undefined ? {} : { member: this.#memberOf(guild.guild_id, from.id) }),
      ...more,
    };
  }

  #ask(token: string, from: Person, channelId: string, more: Body): string {
    const bot = this.#bots.get(token);
    if (!bot) throw new RangeError(`there is no bot ${token}`);
    const id = this.#id();
    const key = `secret-${id}`;
    this.#asked.set(key, {
      ...{ botId: bot.id, channelId, from },
      ...{ acknowledged: undefined, original: undefined },
    });
    const guild = this.#guildOf(channelId);
    const user = this.#userOf(from);
    const who = guild.guild_id
      ? { member: { ...this.#memberOf(guild.guild_id, from.id), user, permissions: '0' } }
      : { user };
    const interaction = {
      ...{ id, application_id: bot.id, token: key, version: 1, channel_id: channelId },
      channel: { id: channelId, type: guild.guild_id ? 0 : 1, name: 'here' },
      ...{ locale: 'en-US', app_permissions: '0', entitlements: [], context: 0 },
      authorizing_integration_owners: {},
      ...guild,
      ...who,
      ...more,
    };
    for (const session of this.#sessions.values())
      if (session.bot === bot) this.#dispatch(session, 'INTERACTION_CREATE', interaction);
    return key;
  }

  // --- The REST interface

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*$/, '').replace(/^\/api\/v10/, '');
    const route = `${request.method ?? ''} ${path}`;
    const body = await bodyOf(request);
    const refusal = this.refusals.get(route)?.shift();
    this.calls.push({ route, body });
    try {
      if (refusal) throw new Refused(refusal);
      const parts = path.split('/').slice(1).map(decodeURIComponent);
      const bot = this.#bots.get((request.headers.authorization ?? '').replace(/^Bot /, ''));
      const isOpen = parts[0] === 'interactions' || parts[0] === 'webhooks';
      if (!bot && !isOpen)
        throw new Refused({ status: 401, code: 0, message: '401: Unauthorized' });
      const answer = isOpen
        ? this.#respond(route, parts, body)
        : this.#answer(route, parts, body, bot as KnownBot);
      if (answer === undefined) response.writeHead(204).end();
      else
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refuse(response, error.refusal);
    }
  }

  #answer(route: string, [, id = '', , sub = '']: Parts, body: Body, bot: KnownBot): unknown {
    const is = (pattern: RegExp): boolean => pattern.test(route);
    if (route === 'GET /gateway/bot') return this.#gatewayInformation();
    if (route === 'GET /users/@me')
      return this.#userOf({ ...bot, name: bot.username, isBot: true });
    if (route === 'POST /users/@me/channels') return this.#openDirect(bot, body);
    if (is(/^GET \/users\/\d+$/)) return this.#userNamed(id);
    if (is(/^GET \/guilds\/\d+$/)) return this.#wholeGuild(this.#guild(id), bot);
    if (is(/^GET \/guilds\/\d+\/members\/\d+$/)) return this.#wholeMember(id, sub);
    if (is(/^POST \/channels\/\d+\/messages$/)) return this.#say(bot.id, id, body);
    if (is(/^PATCH \/channels\/\d+\/messages\/\d+$/)) return this.#change(sub, body);
    if (is(/^POST \/channels\/\d+\/typing$/)) return undefined;
    if (is(/^PUT \/applications\/\d+\/commands$/)) return body;
    throw new Refused({ status: 404, code: 0, message: `404: Not Found (${route})` });
  }

  /** Answers to interactions, which need no token but the interaction's own. */
  #respond(route: string, [, , key = '']: Parts, body: Body): unknown {
    const asked = this.#asked.get(key);
    if (!asked) throw unknown('interaction');
    if (route.endsWith('/callback')) return this.#acknowledge(asked, body);
    if (asked.acknowledged === undefined) throw unknown('message');
    if (route.startsWith('PATCH')) {
      if (asked.original) return this.#change(asked.original.id, body);
      asked.original = this.#accept(asked.botId, asked.channelId, body);
      return this.#shown(asked.original);
    }
    if (route.startsWith('DELETE')) return undefined;
    return this.#shown(this.#accept(asked.botId, asked.channelId, body));
  }

  #acknowledge(asked: Asked, { type, data }: Body): unknown {
    if (asked.acknowledged !== undefined)
      throw new Refused({
        ...{ status: 400, code: 40_060 },
        message: 'Interaction has already been acknowledged.',
      });
    asked.acknowledged = Number(type);
    if (type === 4) asked.original = this.#accept(asked.botId, asked.channelId, data as Body);
    return undefined;
  }

  #say(botId: string, channelId: string, body: Body): unknown {
    const { message_id: replyTo, fail_if_not_exists: mustBe = true } = (body['message_reference'] ??
      {}) as { message_id?: string; fail_if_not_exists?: boolean };
    const isThere = (id: string): boolean =>
      this.#written.has(id) || this.said.some((said) => said.id === id);
    if (replyTo !== undefined && mustBe && !isThere(replyTo))
      throw invalid('message_reference', 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message');
    return this.#shown(this.#accept(botId, channelId, body));
  }

  #accept(botId: string, channelId: string, body: Body): Said {
    const content = (body['content'] as string | undefined) ?? '';
    if (content.trim() === '')
      throw new Refused({ status: 400, code: 50_006, message: 'Cannot send an empty message' });
    if (content.length > LONGEST)
      throw invalid('content', 'BASE_TYPE_MAX_LENGTH', `Must be ${LONGEST} or fewer in length.`);
    const said = {
      ...{ id: this.#id(), botId, channelId, content },
      replyTo: (body['message_reference'] as { message_id?: string } | undefined)?.message_id,
      isWhisper: (Number(body['flags'] ?? 0) & 64) !== 0,
      calls: callsIn(content, body['allowed_mentions'] as AllowedMentions | undefined),
      buttons: buttonsIn(body['components']),
    };
    this.said.push(said);
    return said;
  }

  #change(id: string, body: Body): unknown {
    const said = this.said.find((one) => one.id === id);
    if (!said) throw unknown('message');
    if ('components' in body) said.buttons = buttonsIn(body['components']);
    return this.#shown(said);
  }

  #gatewayInformation(): unknown {
    const limit = { total: 1_000, remaining: 999, reset_after: 0, max_concurrency: 1 };
    return { url: this.#gatewayUrl, shards: 1, session_start_limit: limit };
  }

  #openDirect(bot: KnownBot, { recipient_id: personId }: Body): unknown {
    const id = directId(bot.id, String(personId));
    return { id, type: 1, recipients: [this.#userNamed(String(personId))] };
  }

  // --- What things look like

  #shown({ id, botId, channelId, content, buttons }: Said): Body {
    const username = [...this.#bots.values()].find((bot) => bot.id === botId)?.username ?? botId;
    return {
      ...{ id, channel_id: channelId, content, type: 0, flags: 0, tts: false, pinned: false },
      author: this.#userOf({ id: botId, name: username, isBot: true }),
      ...{ timestamp: new Date().toISOString(), edited_timestamp: null },
      ...{ mention_everyone: false, mentions: [], mention_roles: [], attachments: [], embeds: [] },
      components: rowsOf(buttons),
    };
  }

  #wholeGuild({ id, name, ownerId, channels, roles }: Guild, bot: KnownBot): Body {
    const everyone = { [id]: '0', ...roles };
    return {
      ...{ id, name, owner_id: ownerId, features: [], emojis: [], stickers: [] },
      ...{ threads: [], presences: [], voice_states: [], stage_instances: [] },
      ...{ guild_scheduled_events: [], large: false, member_count: 2, premium_tier: 0 },
      roles: Object.entries(everyone).map(([roleId, permissions], position) => ({
        ...{ id: roleId, name: roleId, permissions, position, color: 0 },
        ...{ hoist: false, managed: false, mentionable: false },
      })),
      members: [
        { ...this.#memberOf(id, bot.id), user: this.#userOf({ ...bot, name: bot.username }) },
      ],
      channels: channels.map((channelId) => ({
        ...{ id: channelId, type: 0, name: 'general', position: 0, permission_overwrites: [] },
      })),
    };
  }

  #wholeMember(guildId: string, id: string): Body {
    if (!this.#guild(guildId).members.has(id)) throw unknown('member');
    return { ...this.#memberOf(guildId, id), user: this.#userNamed(id) };
  }

  #memberOf(guildId: string, id: string): Body {
    const roles = this.#guild(guildId).members.get(id) ?? [];
    return { roles, joined_at: '2026-01-01T00:00:00Z', deaf: false, mute: false, flags: 0 };
  }

  #guild(id: string): Guild {
    const guild = this.guilds.find((one) => one.id === id);
    if (!guild) throw new Refused({ status: 404, code: 10_004, message: 'Unknown Guild' });
    return guild;
  }

  #guildOf(channelId: string): { guild_id?: string } {
    const guild = this.guilds.find(({ channels }) => channels.includes(channelId));
    return guild ? { guild_id: guild.id } : {};
  }

  #channelOf(to: string): string {
    return this.#bots.has(to) ? '' : to;
  }

  #userNamed(id: string): Body {
    const bot = [...this.#bots.values()].find((one) => one.id === id);
    return this.#userOf({ id, name: bot?.username ?? `user${id}`, isBot: bot !== undefined });
  }

  #userOf({ id, name, isBot = false }: Person): Body {
    return { id, username: name, global_name: name, discriminator: '0', avatar: null, bot: isBot };
  }

  // https://discord.com/developers/docs/reference#snowflakes
  #id(): string {
    this.#ids += 1n;
    return String(((BigInt(Date.now()) - EPOCH_MS) << 22n) + (this.#ids & 0xfffn));
  }
}

class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function unknown(what: keyof typeof UNKNOWN): Refused {
  const name = what.charAt(0).toUpperCase() + what.slice(1);
  return new Refused({ status: 404, code: UNKNOWN[what], message: `Unknown ${name}` });
}

function invalid(field: string, code: string, message: string): Refused {
  return new Refused({
    ...{ status: 400, code: 50_035, message: 'Invalid Form Body' },
    errors: { [field]: { _errors: [{ code, message }] } },
  });
}

function refuse(response: ServerResponse, { status, retryAfterS, ...body }: Refusal): void {
  const limit = retryAfterS === undefined ? {} : { retry_after: retryAfterS, global: false };
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS), via: '1.1 google' }),
  });
  response.end(JSON.stringify({ ...body, ...limit }));
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Body);
}

function directId(botId: string, personId: string): string {
  return `${botId}0000${personId}`;
}

// What is said on a server, and not to a bot, it does not read without leave.
function asSeenBy({ bot, intents }: Session, message: Body): Body {
  const mentions = message['mentions'] as readonly { readonly id: unknown }[];
  const isRead =
    message['guild_id'] === undefined ||
    mentions.some(({ id }) => id === bot.id) ||
    (intents & INTENTS.content) !== 0;
  return isRead ? message : { ...message, content: '', embeds: [], attachments: [] };
}

interface AllowedMentions {
  readonly parse?: readonly string[];
  readonly users?: readonly string[];
}

// https://discord.com/developers/docs/resources/message#allowed-mentions-object
function callsIn(content: string, allowed: AllowedMentions | undefined): string[] {
  const { parse = [], users = [] } = allowed ?? { parse: ['everyone', 'users', 'roles'] };
  const everyone = /@(?:everyone|here)/.test(content) && parse.includes('everyone');
  const named = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id);
  return [
    ...(everyone ? ['everyone'] : []),
    ...named.filter((id) => parse.includes('users') || users.includes(id)),
  ];
}

interface Row {
  readonly components: readonly { readonly custom_id: string }[];
}

function buttonsIn(components: unknown): string[] {
  return ((components ?? []) as readonly Row[]).flatMap((row) =>
    row.components.map((button) => button.custom_id),
  );
}

function rowsOf(buttons: readonly string[]): unknown[] {
  return Array.from({ length: Math.ceil(buttons.length / 2) }, (_, index) => ({
    type: 1,
    components: buttons
      .slice(2 * index, 2 * index + 2)
      .map((id) => ({ type: 2, style: 2, label: id, custom_id: id })),
  }));
}
