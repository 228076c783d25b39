import { describe, expect, test } from '@jest/globals';
import { discordPieces } from '@371os/plugin-channels';
import fc from 'fast-check';

const shown = (markdown: string): string => discordPieces(markdown).join('\n\n');
/** What is left of a text without what only keeps things apart. */
const bare = (text: string): string => text.replaceAll('\u200b', '');

describe('discordPieces', () => {
  test.each([
    ['**bold**, _slanted_, ~~gone~~, `a < b`', '**bold**, *slanted*, ~~gone~~, `a < b`'],
    ['__bold__ and ***both***', '**bold** and ***both***'],
    ['# One\n\n### Three\n\n###### Six', '# One\n\n### Three\n\n### Six'],
    ['Below\nit\n===', '# Below it'],
    ['- one\n- two\n  - three', '- one\n- two\n  - three'],
    ['* one\n* two', '- one\n- two'],
    ['3. three\n4. four', '3. three\n4. four'],
    ['- [x] done\n- [ ] not', '- [x] done\n- [ ] not'],
    ['| a | b |\n|---|---|\n| 1 | *2* |', '```\n| a | b |\n|---|---|\n| 1 | *2* |\n```'],
    ['```ts\nif (a[0](b)) {}\n```', '```ts\nif (a[0](b)) {}\n```'],
    ['~~~\na\n~~~', '```\na\n```'],
    ['```a title\ncode\n```', '```\na title\ncode\n```'],
    ['> said\n> so\n>\n> > twice', '> said\n> so\n> twice'],
    ['> look:\n>\n> ```\n> code\n> ```', '> look:\n```\ncode\n```'],
    ['snake_case_name, _ and 5 * 3', 'snake_case_name, \\_ and 5 \\* 3'],
    ['\\*no\\* \\_no\\_ C:\\dir', '\\*no\\* \\_no\\_ C:\\\\dir'],
    ['||no spoiler|| a | b', '\\|\\|no spoiler\\|\\| a | b'],
    ['<b>not bold</b>', '<b>not bold</b>'],
    ['above\n\n---\n\nbelow', 'above\n\n———\n\nbelow'],
    ['https://example.org/a_b_c/?d=*_e', 'https://example.org/a_b_c/?d=*_e'],
    ['``a `tick` in it``', '`` a `tick` in it ``'],
  ])('%j', (markdown, expected) => {
    expect(shown(markdown)).toBe(expected);
  });

  test.each([
    ['[approve here](https://evil.example/x)', 'approve here (<https://evil.example/x>)'],
    ['[x](https://evil.example "a title")', 'x (<https://evil.example> a title)'],
    ['![picture](https://evil.example/x.png)', 'picture (<https://evil.example/x.png>)'],
    ['[here][1]\n\n[1]: https://evil.example', 'here (<https://evil.example>)'],
    ['[x](javascript:alert(1))', 'x (javascript:alert(1))'],
    ['[x](<https://evil.example/a b>)', 'x (https://evil.example/a b)'],
    [
      '[https://bank.example](https://evil.example)',
      'https://bank.example (<https://evil.example>)',
    ],
    ['<https://example.org>', 'https://example.org'],
    ['\\[x](https://evil.example)', '\\[x](https://evil.example)'],
    ['[x] (y)', '\\[x] (y)'],
    ['<i>[x](https://evil.example)</i>', '<i>x (<https://evil.example>)</i>'],
    ['<div>\n[x](https://evil.example)\n</div>', '<div>\n\\[x](https://evil.example)\n</div>'],
  ])('shows where %j leads', (markdown, expected) => {
    expect(shown(markdown)).toMatch(expected);
    expect(shown(markdown).startsWith(expected)).toBe(true);
  });

  test.each([
    ...['@everyone', 'a @here b', '<@12345678>', '<@!12345678>', '<@&12345678>', '<#12345678>'],
    ...['@**everyone**', '@[everyone](https://evil.example)', '`@everyone`', '```\n<@1>\n```'],
    ...['</approve:12345>', '</a b c:1>', '<id:customize>', '| <@1> |\n|---|\n| @here |'],
    ...['[<@1>](https://a.example/<#2>)', '<a href="<@1>">', '@EVERYONE', '![@here](x)'],
  ])('%j mentions nobody', (markdown) => {
    expect(shown(markdown)).not.toMatch(/@(?:everyone|here)|<@[!&]?\d|<#\d|<\/[^<>]+:\d|<id:/i);
    expect(bare(shown(markdown))).not.toBe('');
  });

  test('a text cannot turn code into text, or text into code', () => {
    expect(shown('a ` b\n\n`[x](https://evil.example)` and ```no block``` c')).toBe(
      'a \\` b\n\n`[x](https://evil.example)` and `no block` c',
    );
    expect(shown('````\n```\n**a**\n```\n````')).toBe(
      `\`\`\`\n\`\u200b\`\u200b\`\n**a**\n\`\u200b\`\u200b\`\n\`\`\``,
    );
    expect(shown('```` x```y ````')).toBe('`` x`\u200b`\u200b`y ``');
  });

  test('a long block of code is closed at the end of a message, and opened in the next', () => {
    const lines = Array.from({ length: 300 }, (_, index) => `  step(${index}); // a < b`);
    const pieces = discordPieces(`Here:\n\n~~~ts\n${lines.join('\n')}\n~~~\n\nThat is all.`);
    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces) expect(piece.match(/^```/gm)).toHaveLength(2);
    expect(pieces[1]).toMatch(/^```ts\n {2}step/);
    expect(pieces.join('\n').match(/ {2}step\(\d+\); \/\/ a < b/g)).toEqual(lines);
    expect(pieces.at(-1)).toMatch(/That is all\.$/);
  });

  test('long code in a line is several pieces of code', () => {
    const pieces = discordPieces(`Look: \`${'x'.repeat(5_000)}\` and so on`);
    for (const piece of pieces) expect((piece.match(/`/g) ?? []).length % 2).toBe(0);
    expect(pieces.join('').match(/x/g)).toHaveLength(5_000);
  });

  test.each([2_000, 2_001, 4_000, 4_001])('%i characters are whole messages', (count) => {
    const pieces = discordPieces('x'.repeat(count));
    expect(pieces.join('')).toBe('x'.repeat(count));
    expect(pieces.length).toBeGreaterThanOrEqual(Math.ceil(count / 2_000));
  });

  test('keeps to the limit, loses no letter, breaks none and mentions nobody, whatever it is given', () => {
    const part = fc.oneof(
      fc.constantFrom('```', '```ts\n', '~~~\n', '\n', '\n\n', '`', '``', '**', '*', '_', '~~'),
      fc.constantFrom(
        '> ',
        '- ',
        '1. ',
        '#',
        '#### ',
        '|',
        '\\',
        '[',
        '](',
        ')',
        '![',
        '<b>',
        '\t',
      ),
      fc.constantFrom(
        '@everyone',
        '<@1>',
        '<@&2>',
        '<#3>',
        '@here',
        '@',
        'everyone',
        '<',
        '</a:1>',
      ),
      fc.constantFrom('[a](https://b.example)', '👩‍👩‍👧‍👦', '\ud83d', '| a | b |\n|---|---|\n', '&lt;'),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.string({ minLength: 100, maxLength: 900 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 50 }), (parts) => {
        const text = parts.join('');
        const pieces = discordPieces(text);
        const whole = pieces.join('');
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(2_000);
          expect(piece.isWellFormed()).toBe(true);
          expect((piece.match(/```/g) ?? []).length % 2).toBe(0);
        }
        expect(whole).not.toMatch(/@(?:everyone|here)|<@[!&]?\d|<#\d|<\/[^<>]+:\d|<id:/i);
        let at = 0;
        for (const letter of text.toWellFormed().match(/[\p{L}\p{N}]/gu) ?? []) {
          at = whole.indexOf(letter, at) + 1;
          expect(at).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
    for (const deep of ['> ', '- ', '**a *b ', '[']) {
      const pieces = discordPieces(`${deep.repeat(400)}deep`);
      expect(pieces.join('')).toContain('deep');
    }
  });
});
