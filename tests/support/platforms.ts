import type { DiscordEmulator } from './discord-emulator.ts';
import type { TestTelegram } from './telegram-server.ts';

export type Bot = 'FrontDesk' | 'Maya';

export interface Caller {
  readonly id: string;
  readonly name: string;
}

/** What a bot has said to a person in their own chat. */
export interface Message {
  readonly bot: Bot;
  /** As a person reads it. */
  readonly words: string;
  /** What its buttons send back, as long as they are there. */
  readonly buttons: () => readonly string[];
  readonly press: (who: Caller, button: string) => void;
}

/** A platform as people use it. */
export interface Platform {
  readonly name: 'Telegram' | 'Discord';
  /** What a company there is set to. */
  readonly settings: Readonly<Record<string, string>>;
  write(bot: Bot, from: Caller, text: string): void;
  /** What a person was told in their own chats, oldest first. */
  saidTo(person: Caller): Message[];
  /** What was shown to whoever pressed a button, and to nobody else. */
  whispers(): string[];
  forget(): void;
}

const BOTS: Readonly<Record<Bot, { token: string; id: number }>> = {
  FrontDesk: { token: '111:front-desk-secret', id: 111 },
  Maya: { token: '222:maya-secret', id: 222 },
};
const NOBODY = '999:nobody-has-this';

/** The bots by their tokens, as an emulator is to know them. */
export function knownBots<Id>(idOf: (id: number) => Id): Record<string, KnownBot<Id>> {
  return Object.fromEntries(
    Object.entries(BOTS).map(([username, { token, id }]) => [token, { id: idOf(id), username }]),
  );
}

interface KnownBot<Id> {
  readonly id: Id;
  readonly username: string;
}

export function onTelegram(telegram: TestTelegram): Platform {
  const personOf = ({ id, name }: Caller): { id: number; name: string } => ({
    id: Number(id),
    name,
  });
  return {
    name: 'Telegram',
    settings: {
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: BOTS.FrontDesk.token,
      TELEGRAM_BOT_TOKEN_CFO_MAYA: BOTS.Maya.token,
      TELEGRAM_BOT_TOKEN_CRO_REX: NOBODY,
    },
    write: (bot, from, text) => void telegram.write(BOTS[bot].token, personOf(from), text),
    saidTo: ({ id }) =>
      telegram.in(Number(id)).map((said) => ({
        ...{ bot: said.bot as Bot, words: said.visible, buttons: () => said.buttons },
        press: (who, button) =>
          telegram.press(BOTS[said.bot as Bot].token, personOf(who), said, button),
      })),
    whispers: () =>
      telegram
        .of('answerCallbackQuery')
        .map(({ body }) => (body['text'] as string | undefined) ?? ''),
    forget: () => {
      telegram.said.length = 0;
      telegram.calls.length = 0;
    },
  };
}

export function onDiscord(discord: DiscordEmulator): Platform {
  return {
    name: 'Discord',
    settings: {
      DISCORD_API_ROOT: discord.url,
      DISCORD_API_TOKEN: BOTS.FrontDesk.token,
      DISCORD_API_TOKEN_CFO_MAYA: BOTS.Maya.token,
      DISCORD_API_TOKEN_CRO_REX: NOBODY,
    },
    write: (bot, from, text) => void discord.write(BOTS[bot].token, from, text),
    saidTo: (person) => {
      const bots = new Map(
        (['FrontDesk', 'Maya'] as const).map((bot) => [
          discord.direct(BOTS[bot].token, person),
          bot,
        ]),
      );
      return discord.said.flatMap((said) => {
        const bot = bots.get(said.channelId);
        if (!bot || said.isWhisper) return [];
        return {
          ...{ bot, words: withoutEscapes(said.content), buttons: () => said.buttons },
          press: (who, button) => void discord.press(BOTS[bot].token, who, said, button),
        };
      });
    },
    whispers: () =>
      discord.said
        .filter(({ isWhisper }) => isWhisper)
        .map(({ content }) => withoutEscapes(content)),
    forget: () => {
      discord.said.length = 0;
      discord.calls.length = 0;
    },
  };
}

function withoutEscapes(markdown: string): string {
  return markdown.replaceAll(/\\(?=[^\w\s])/g, '');
}
