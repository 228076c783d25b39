import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  commandMenu,
  readIncoming,
  Reception,
  splitMessage,
  telegramHtml,
  telegramPieces,
  tokenVariable,
} from '@371os/plugin-channels';
import { readHtml } from '../support/telegram-server.ts';

const words = (count: number): string =>
  Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
const bare = (text: string): string => text.replace(/\s+/g, '');

describe('splitMessage', () => {
  test('leaves what fits as it is, at the limit too', () => {
    expect(splitMessage('x'.repeat(4_096), 4_096)).toEqual(['x'.repeat(4_096)]);
    expect(splitMessage('x'.repeat(4_097), 4_096).map(({ length }) => length)).toEqual([4_092, 5]);
    expect(splitMessage(' \n ', 100)).toEqual([]);
  });

  test('cuts between paragraphs, else lines, else sentences, else words', () => {
    const cut = (text: string): string | undefined => splitMessage(text, 100)[0];
    expect(cut(`${'a'.repeat(60)}\n\n${'b'.repeat(20)}\n${'c'.repeat(40)}`)).toBe('a'.repeat(60));
    expect(cut(`${'a'.repeat(20)}\n${'b'.repeat(50)}\n${'c'.repeat(40)}`)).toBe(
      `${'a'.repeat(20)}\n${'b'.repeat(50)}`,
    );
    expect(cut(`${'a'.repeat(60)}. ${'b'.repeat(20)} ${'c'.repeat(40)}`)).toBe(
      `${'a'.repeat(60)}.`,
    );
    expect(cut(`${'a'.repeat(60)} ${'c'.repeat(60)}`)).toBe('a'.repeat(60));
  });

  test('closes a code block that is too long, and opens it again', () => {
    const code = Array.from({ length: 40 }, (_, index) => `  line(${index});`);
    const pieces = splitMessage(`Look:\n\`\`\`ts\n${code.join('\n')}\n\`\`\`\nDone.`, 200);
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(200);
      expect(piece.match(/```/g)?.length ?? 0).toBe(2);
    }
    expect(pieces[1]).toMatch(/^```ts\n {2}line/);
    expect(pieces.join('\n').match(/ {2}line\(\d+\);/g)).toEqual(code);
  });

  test('moves a code block that fits into the next message', () => {
    const block = '```ts\nconst one = 1;\nconst two = 2;\nconst three = 3;\n```';
    const pieces = splitMessage(`${words(8)}.\n\n${words(3)}:\n${block}\n\nthe end`, 110);
    expect(pieces.some((piece) => piece.includes(block))).toBe(true);
  });

  test('never cuts an escape, a link, code in a line, or a character of several parts', () => {
    for (const whole of [
      '[a link of some words](https://example.org/a/rather/long/path)',
      '`code of some words in one line`',
      '\\*',
      '👩‍👩‍👧‍👦',
      'e\u0301',
      '**bold words that stay together**',
    ])
      for (let shift = 0; shift < 90; shift += 1) {
        const pieces = splitMessage(`${'x'.repeat(shift)}${whole}${'y'.repeat(90)}`, 100);
        expect(pieces.filter((piece) => piece.includes(whole))).toHaveLength(1);
      }
  });

  test('loses nothing but space, keeps to the limit and ends, whatever it is given', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '```',
        '```ts\n',
        '\n',
        '\n\n',
        '`',
        '[a](b)',
        '**',
        '\\',
        '👩‍👩‍👧‍👦',
        ' ',
        '~~~\n',
      ),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 60 }),
        fc.integer({ min: 100, max: 300 }),
        (parts, limit) => {
          const text = parts.join('');
          const pieces = splitMessage(text, limit);
          for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(limit);
          if (!/```|~~~/.test(text)) expect(bare(pieces.join(''))).toBe(bare(text));
          else {
            const left = bare(pieces.join(''));
            let at = 0;
            for (const character of bare(text)) {
              at = left.indexOf(character, at) + 1;
              expect(at).toBeGreaterThan(0);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('telegramHtml', () => {
  test.each([
    [
      '**bold**, *slanted*, ~~gone~~, `a < b`',
      '<b>bold</b>, <i>slanted</i>, <s>gone</s>, <code>a &lt; b</code>',
    ],
    ['# Head\n\ntext', '<b>Head</b>\n\ntext'],
    ['- one\n- two\n  - three', '• one\n• two\n  • three'],
    ['3. three\n4. four', '3. three\n4. four'],
    [
      '```ts\nif (a < b && c) {}\n```',
      '<pre><code class="language-ts">if (a &lt; b &amp;&amp; c) {}</code></pre>',
    ],
    ['```" onload="x\ncode\n```', '<pre>code</pre>'],
    ['> quoted', '<blockquote>quoted</blockquote>'],
    ['snake_case_name and 2*3*4', 'snake_case_name and 2<i>3</i>4'],
    ['<b>not bold</b>', '&lt;b&gt;not bold&lt;/b&gt;'],
    ['<a href="tg://user?id=1">x</a>', '&lt;a href="tg://user?id=1"&gt;x&lt;/a&gt;'],
    ['[approve here](https://evil.example/x)', 'approve here (https://evil.example/x)'],
    ['[approve](javascript:alert(1))', 'approve (javascript:alert(1))'],
    ['https://example.org/?a=1&b=2', 'https://example.org/?a=1&amp;b=2'],
    ['a &lt;b&gt; \\* c', 'a &amp;lt;b&amp;gt; * c'],
    ['| a | b |\n|---|---|\n| 1 | <2> |', '<pre>| a | b |\n|---|---|\n| 1 | &lt;2&gt; |</pre>'],
  ])('%j', (markdown, html) => {
    expect(telegramHtml(markdown)).toBe(html);
    expect(readHtml(html)).toBeDefined();
  });

  test('gives what Telegram reads, whatever it is given', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '**',
        '*',
        '_',
        '`',
        '```\n',
        '> ',
        '\n',
        '- ',
        '1. ',
        '<b>',
        '</b>',
        '&',
        '[x](y)',
        '![',
        '|',
        '#',
        '~~',
        '\\',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        expect(readHtml(telegramHtml(parts.join('')))).toBeDefined();
      }),
      { numRuns: 500 },
    );
    expect(readHtml(telegramHtml(`${'> '.repeat(500)}deep`))).toBeDefined();
    expect(readHtml(telegramHtml(`${'- '.repeat(500)}deep`))).toBeDefined();
    expect(readHtml(telegramHtml('**a *b '.repeat(500)))).toBeDefined();
  });
});

describe('telegramPieces', () => {
  const visible = (html = ''): string => readHtml(html) ?? '';

  test.each([
    ['numbers that are counted', '1. x\n'],
    ['lines that become longer', 'a\n***\n'],
    ['headings without a gap', 'a\n#b\n# c\n'],
    ['lists in lists', '- - - - - - x\n'],
    ['quotes', '> a\n\nb\n'],
    ['what is escaped', '<&>'],
    ['links', '[a](b) '],
  ])('are no longer than Telegram takes: %s', (_, part) => {
    const times = Math.ceil(4_097 / part.length);
    const pieces = telegramPieces(part.repeat(times));
    const texts = pieces.map(({ html }) => visible(html));
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(4_096);
    const letters = (text: string): string => text.replace(/[^a-z&]/g, '');
    expect(letters(texts.join(''))).toBe(letters(part).repeat(times));
  });
});

describe('readIncoming', () => {
  const message = { isGroup: false, isReply: false, isForwarded: false };
  const group = { ...message, isGroup: true };
  test.each([
    [message, 'hello', 'hello'],
    [message, '/start', '/help'],
    [message, '/start abc', '/help'],
    [message, '/generate_dev_docs a shop_one', '/generate-dev-docs a shop_one'],
    [message, '/budget@FrontDeskBot', '/budget'],
    [message, '/budget@OtherBot', undefined],
    [group, 'hello all', undefined],
    [group, 'hello @frontdeskbot, fix it', 'hello fix it'],
    [group, '@FrontDeskBot fix it', 'fix it'],
    [group, '@FrontDeskBotTwo fix it', undefined],
    [group, 'mail me@FrontDeskBot', undefined],
    [group, '/budget', '/budget'],
    [group, '/budget@frontdeskbot now', '/budget now'],
    [{ ...group, isReply: true }, 'and then?', 'and then?'],
    [{ ...message, isForwarded: true }, '/approve K7QP2M3A', 'Forwarded: /approve K7QP2M3A'],
  ])('%j %j is %j', (kind, text, said) => {
    expect(readIncoming({ ...kind, text }, 'FrontDeskBot')).toBe(said);
  });
});

test('commandMenu shows what a role may use, in the form that Telegram takes', () => {
  const entry = { summary: 'long '.repeat(80), minimumRole: 'guest' as const };
  const menu = commandMenu(
    [
      { ...entry, name: 'why' },
      { name: 'budget', summary: 'shows\nwhat is left', minimumRole: 'admin' },
      { name: 'generate-dev-docs', summary: 'writes', minimumRole: 'guest' },
      { name: 'x'.repeat(33), summary: 'too long a name', minimumRole: 'guest' },
    ],
    'guest',
  );
  expect(menu.map(({ command }) => command)).toEqual(['generate_dev_docs', 'why']);
  for (const { description } of menu) expect(description.length).toBeLessThanOrEqual(256);
  expect(
    commandMenu([{ name: 'budget', summary: 'shows\nit', minimumRole: 'admin' }], 'owner'),
  ).toEqual([{ command: 'budget', description: 'shows it' }]);
});

test('tokenVariable names an agent in capitals', () => {
  expect(tokenVariable('TELEGRAM_BOT_TOKEN', 'CFO Maya')).toBe('TELEGRAM_BOT_TOKEN_CFO_MAYA');
  expect(tokenVariable('TELEGRAM_BOT_TOKEN', ' C-3/PO ')).toBe('TELEGRAM_BOT_TOKEN_C_3_PO');
});

describe('Reception', () => {
  let nowMs = 0;
  let admins: readonly string[] | Error = ['7'];
  let looks = 0;
  const reception = (): Reception =>
    new Reception({
      ...{ platform: 'telegram', adminChats: ['telegram:-100', 'discord:5'], perMinute: 2 },
      roleInSettings: (account) => (account === 'telegram:1' ? 'owner' : undefined),
      admins: {
        isAdmin: async (_chat, id) => {
          looks += 1;
          if (admins instanceof Error) throw admins;
          return admins.includes(id);
        },
      },
      clock: () => nowMs,
      log: () => undefined,
    });

  test('knows the owner by the settings, admins by the company chats, and nobody else', async () => {
    const desk = reception();
    expect(await desk.principalOf('1')).toEqual({
      id: 'telegram:1',
      role: 'owner',
      proof: 'platform',
    });
    expect(await desk.principalOf('7')).toEqual({
      id: 'telegram:7',
      role: 'admin',
      proof: 'platform',
    });
    expect(await desk.principalOf('8')).toEqual({
      id: 'guest:telegram:8',
      role: 'guest',
      proof: 'none',
    });
    await desk.principalOf('7');
    expect(looks).toBe(2);
    nowMs += 5 * 60_000;
    admins = ['8'];
    expect((await desk.principalOf('7')).role).toBe('guest');
    expect((await desk.principalOf('8')).role).toBe('admin');
    nowMs += 5 * 60_000;
    admins = new RangeError('no network');
    expect((await desk.principalOf('8')).role).toBe('guest');
  });

  test('refuses who comes too often, once in words, and lets them in again', () => {
    const desk = reception();
    expect([1, 2, 3, 4].map(() => desk.refusalOf('9'))).toEqual([
      undefined,
      undefined,
      'That is more than 2 requests a minute: wait 30 s.',
      '',
    ]);
    expect(desk.refusalOf('10')).toBeUndefined();
    nowMs += 30_000;
    expect(desk.refusalOf('9')).toBeUndefined();
    expect(desk.refusalOf('9')).toMatch(/^That is more than/);
  });
});
