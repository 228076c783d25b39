import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { withChannels } from '../../scripts/launcher/channels.ts';
import { readCharacters } from '../../scripts/launcher/characters.ts';
import { withoutVoice } from '../../scripts/launcher/replica-program.ts';

const all = readCharacters('characters');
const named = (): string[] =>
  all
    .filter((character) => withChannels(character).plugins?.includes('@371os/plugin-channels'))
    .map(({ name }) => name);

const NAMES = ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_BOT_TOKEN_CFO_MAYA', 'CONFIG_FILES'] as const;
afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(process.env, name);
});

test('without a token nobody is on a platform', () => {
  expect(named()).toEqual([]);
});

test('the token for all is the front desk’s, and one with a name that agent’s', () => {
  process.env['TELEGRAM_BOT_TOKEN'] = '1:a';
  expect(named()).toEqual(['Front Desk']);
  process.env['TELEGRAM_BOT_TOKEN_CFO_MAYA'] = '2:b';
  expect(named()).toEqual(['CFO Maya', 'Front Desk']);
});

test('a setting file gives an agent its token, a character its own', () => {
  const path = join(mkdtempSync(join(tmpdir(), '371os-channels-')), 'settings.json');
  writeFileSync(path, JSON.stringify({ agents: { 'CRO Rex': { TELEGRAM_BOT_TOKEN: '3:c' } } }), {
    mode: 0o600,
  });
  process.env['CONFIG_FILES'] = path;
  expect(named()).toEqual(['CRO Rex']);
  rmSync(path);
  const own = { name: 'Own', bio: [], secrets: { TELEGRAM_BOT_TOKEN: '4:d' } };
  expect(withChannels(own).plugins).toEqual(['@371os/plugin-channels']);
});

test('a replica has no voice', () => {
  process.env['TELEGRAM_BOT_TOKEN'] = '1:a';
  const frontDesk = all.find(({ name }) => name === 'Front Desk')!;
  expect(withoutVoice(withChannels(frontDesk)).plugins).toEqual(frontDesk.plugins);
});
