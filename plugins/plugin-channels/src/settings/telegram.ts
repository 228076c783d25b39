import { z } from 'zod';

/** Settings of Telegram, by the names that the official plugin has for them. */
export const telegramSettings = z.object({
  /** The token of this agent's own bot. */
  TELEGRAM_BOT_TOKEN: z.string().trim().min(1).optional(),
  /** The server of the Bot API. */
  TELEGRAM_API_ROOT: z
    .url({ protocol: /^https?$/, error: 'an address such as https://api.telegram.org is expected' })
    .default('https://api.telegram.org'),
  /** The chats that the bot answers in, as a JSON list of their ids. */
  TELEGRAM_ALLOWED_CHATS: z
    .string()
    .refine(isListOfIds, { error: 'a JSON list of ids is expected, such as ["1234", "-1001234"]' })
    .optional(),
});

export type TelegramSettings = Readonly<z.output<typeof telegramSettings>>;

// The official plugin compares texts, so that a list of numbers would let nobody in.
function isListOfIds(text: string): boolean {
  try {
    return z.array(z.string()).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
