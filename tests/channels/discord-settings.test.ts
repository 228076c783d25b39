import { describe, expect, test } from '@jest/globals';
import { readSettings } from '@371os/kernel';
import { discordSettings } from '@371os/plugin-channels';

describe('discordSettings', () => {
  const read = (values: Record<string, string>): ReturnType<typeof discordSettings.parse> =>
    readSettings(discordSettings, (name) => values[name]);

  test('need nothing', () => {
    expect(read({})).toEqual({
      DISCORD_API_ROOT: 'https://discord.com/api',
      DISCORD_ALLOWED_CHATS: [],
      DISCORD_ADMIN_ROLES: [],
    });
  });

  test('are ids with commas between them', () => {
    const ids = '1122334455667788990, 998877665544332211';
    expect(read({ DISCORD_ALLOWED_CHATS: ids }).DISCORD_ALLOWED_CHATS).toHaveLength(2);
    for (const bad of ['general', '["1122334455667788990"]', '12', '1122334455667788990 1'])
      expect(() => read({ DISCORD_ADMIN_ROLES: bad })).toThrow(
        /DISCORD_ADMIN_ROLES.*ids such as 1122334455667788990/,
      );
  });

  test('that are no address or empty are refused', () => {
    expect(() => read({ DISCORD_API_ROOT: 'ftp://x' })).toThrow(/https:\/\/discord\.com\/api/);
    expect(() => read({ DISCORD_API_TOKEN: '  ' })).toThrow(/DISCORD_API_TOKEN/);
  });
});
