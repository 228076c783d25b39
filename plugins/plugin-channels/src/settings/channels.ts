import { integerSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';
import { readAccount } from '../domain/account.ts';

/** Settings of all platforms. */
export const channelsSettings = z.object({
  /** Chats whose administrators are admins of the company: `telegram:-1001234`, with commas between them. */
  CHANNELS_ADMIN_CHATS: listSetting
    .refine((parts) => parts.every((part) => readAccount(part)), {
      error: 'chats such as telegram:-1001234 are expected, with commas between them',
    })
    .prefault(''),
  /** How many messages and pressed buttons a minute are taken from one person. */
  CHANNELS_PER_MINUTE: integerSetting(1, 10_000).default(20),
});

export type ChannelsSettings = Readonly<z.output<typeof channelsSettings>>;
