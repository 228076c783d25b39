import { listSetting } from '@371os/kernel';
import { z } from 'zod';

const ids = listSetting
  .refine((parts) => parts.every((part) => /^\d{15,20}$/.test(part)), {
    error: 'ids such as 1122334455667788990 are expected, with commas between them',
  })
  .prefault('');

/** Settings of Discord; the token's name is that which the official plugin has for it. */
export const discordSettings = z.object({
  /** The token of this agent's own bot. */
  DISCORD_API_TOKEN: z.string().trim().min(1).optional(),
  /** The server of the REST interface, without its version. */
  DISCORD_API_ROOT: z
    .url({ protocol: /^https?$/, error: 'an address such as https://discord.com/api is expected' })
    .default('https://discord.com/api'),
  /** The servers, channels and direct chats that the bot answers in, by id, with commas between them; all when empty. */
  DISCORD_ALLOWED_CHATS: ids,
  /** Roles whose holders are admins, in the servers of CHANNELS_ADMIN_CHATS, by id. */
  DISCORD_ADMIN_ROLES: ids,
});

export type DiscordSettings = Readonly<z.output<typeof discordSettings>>;
