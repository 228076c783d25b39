import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import {
  draftParts,
  MOST_PARTS,
  settleParts,
  splitRequest,
  type RequestPart,
} from '../../plugins/plugin-router/src/domain/split-request.ts';

function textsOf(parts: readonly RequestPart[]): string[] {
  return parts.map(({ text }) => text);
}

// What a reader sees without knowing whose work it is.
const CLEAR: [request: string, ...parts: string[]][] = [
  ['fix the login page', 'fix the login page'],
  [
    '1. fix the login\n2. plan a meetup\n3. close the books',
    'fix the login',
    'plan a meetup',
    'close the books',
  ],
  ['Please do the following:\n- fix the login\n- plan a meetup', 'fix the login', 'plan a meetup'],
  [
    '* fix the login\n  of the app\n* plan a meetup',
    'fix the login\n  of the app',
    'plan a meetup',
  ],
  ['a) new logo\nb) new price', 'new logo', 'new price'],
  ['Today: 1) fix the login 2) plan a meetup', 'fix the login', 'plan a meetup'],
  ['Step 1: fix the login. Step 2: plan a meetup.', 'fix the login', 'plan a meetup'],
  ['fix the login; plan a meetup', 'fix the login', 'plan a meetup'],
  ['Fix the login and then plan a meetup.', 'Fix the login', 'plan a meetup'],
  ['fix the login, then plan a meetup', 'fix the login', 'plan a meetup'],
  ['Fix the login. Also plan a meetup.', 'Fix the login', 'plan a meetup'],
  [
    'Fix the login, plan a meetup and close the books',
    'Fix the login',
    'plan a meetup',
    'close the books',
  ],
  ['Fix the login, and close the books of May', 'Fix the login', 'close the books of May'],
  [
    'Hi team, fix the login page. Then close the books. Thanks!',
    'fix the login page',
    'close the books',
  ],
  [
    'Good morning! Two things for today: fix the login, and close the books',
    'fix the login',
    'close the books',
  ],
  [
    'Is the login fixed? If so, close the ticket about it.',
    'Is the login fixed?',
    'close the ticket about it',
  ],
  [
    'Find out who buys. Based on that, write the ads for May.',
    'Find out who buys',
    'write the ads for May',
  ],
  [
    'Check the stock and if it is below ten order new beans',
    'Check the stock',
    'if it is below ten order new beans',
  ],
  [
    'Compare the vans. If leasing is cheaper, call the dealer.',
    'Compare the vans',
    'If leasing is cheaper, call the dealer',
  ],
  [
    'Summarise the test. Once that’s done, update the backlog.',
    'Summarise the test',
    'update the backlog',
  ],
  [
    'We open in May. Write the ad, and book a band for the evening.',
    'Write the ad',
    'book a band for the evening',
  ],
];

// What looks like two parts and is one.
const WHOLE = [
  'write our terms and conditions',
  'design and build the login page',
  'what are the costs and the income of the festival?',
  'book 3. 5 % of the invoice',
  'the interest is 3. 5 %, is that fair?',
  'run `fix the login and then plan a meetup` in the shell',
  'translate "fix the login and then plan a meetup" into Dutch',
  'what does ```\nfix the login;\nthen plan a meetup\n``` do',
  'open https://example.com/fix;then=plan,and,close and tell me why it is slow',
  'invoice Smith, Webb and Partners',
  'our app is slow, find out why',
  'We lose customers in the checkout. What can we do about it?',
  'the sign-up takes nine steps. Make it shorter.',
  'which department should move first?',
  'prepare the next board meeting e.g. the agenda and the list of guests',
  'rank these: new shop, new app, rebrand',
  'should we spin off the lab or keep it in the group?',
];

describe('splitting a request', () => {
  test.each(CLEAR)('%j', (request, ...parts) => {
    expect(textsOf(splitRequest(request))).toEqual(parts);
  });

  test.each(WHOLE)('%j is one part', (request) => {
    expect(textsOf(splitRequest(request))).toEqual([request.replace(/\.$/, '')]);
  });

  test('nothing has no parts, and marks alone are one', () => {
    expect(splitRequest(' \n\t')).toEqual([]);
    expect(textsOf(splitRequest('?!'))).toEqual(['?!']);
    expect(textsOf(splitRequest('...'))).toEqual(['...']);
  });
});

describe('the order of parts', () => {
  const CASES: [request: string, relations: RequestPart['relation'][], dependsOn: number[][]][] = [
    ['1. fix the login\n2. plan a meetup', ['parallel', 'parallel'], [[], []]],
    ['fix the login, then plan a meetup', ['parallel', 'sequential'], [[], [0]]],
    ['fix the login. If so, plan a meetup.', ['parallel', 'conditional'], [[], [0]]],
    [
      'Find out who buys. Based on that, write the ads, and set the price for May.',
      ['parallel', 'sequential', 'sequential'],
      [[], [0], [0]],
    ],
    [
      'fix the login, then plan a meetup, then close the books',
      ['parallel', 'sequential', 'sequential'],
      [[], [0], [1]],
    ],
    ['First fix the login. Also plan a meetup.', ['parallel', 'parallel'], [[], []]],
    ['Then fix the login', ['parallel'], [[]]],
  ];

  test.each(CASES)('%j', (request, relations, dependsOn) => {
    const parts = splitRequest(request);
    expect(parts.map(({ relation }) => relation)).toEqual(relations);
    expect(parts.map((part) => part.dependsOn)).toEqual(dependsOn);
  });
});

describe('what the words leave open', () => {
  const draft = draftParts('fix the login error and tell the members in the forum');

  test('is decided by whose work it is', () => {
    expect(draft.pieces.map(({ joint }) => joint)).toEqual(['likely', 'doubtful']);
    expect(textsOf(settleParts(draft, () => 0.05))).toEqual([
      'fix the login error',
      'tell the members in the forum',
    ]);
    expect(settleParts(draft, () => 0.9)).toHaveLength(1);
    expect(settleParts(draft)).toHaveLength(1);
  });

  test('a lead-in belongs to a request of one part only', () => {
    const request = 'The shop was flooded. Close the shop and tell the guests.';
    const flood = draftParts(request);
    expect(textsOf(settleParts(flood, () => 0.9))).toEqual([request.slice(0, -1)]);
    expect(textsOf(settleParts(flood, () => 0))).toEqual(['Close the shop', 'tell the guests']);
  });

  test('what does something to the same thing stays with it, unless it is for somebody else', () => {
    const test = draftParts('Fix the crash, test it on iOS, and publish the new app');
    expect(settleParts(test, () => 0.9)).toHaveLength(2);
    expect(settleParts(test, () => 0.1)).toHaveLength(3);
  });
});

const phrases = fc.constantFrom(
  ...['fix the login', 'plan a meetup', 'why is it slow', 'the shop is closed', 'and', 'then', ','],
  ...['. ', '; ', '\n- ', '\n2. ', '"', '`', '```', '(', 'if so', 'if it rains', ':', '?', 'e.g.'],
  ...['https://a.b/c;d', 'Hi team,', 'also', '1)', '2)', '3. 5 %', 'ß', '😀', '\u0000', 'Thanks!'],
);
const requests = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(phrases, { maxLength: 30 }).map((words) => words.join(' ')),
);

function expectWellFormed(request: string, parts: readonly RequestPart[]): void {
  expect(parts.length).toBeLessThanOrEqual(MOST_PARTS);
  expect(parts.length > 0).toBe(request.trim() !== '');
  let end = 0;
  for (const [index, part] of parts.entries()) {
    expect(part.start).toBeGreaterThanOrEqual(end);
    end = part.end;
    expect(part.text).toBe(request.slice(part.start, part.end));
    expect(part.text.trim()).not.toBe('');
    expect(part.dependsOn.every((before) => before >= 0 && before < index)).toBe(true);
    expect(part.relation === 'parallel').toBe(part.dependsOn.length === 0);
  }
}

describe('any text', () => {
  it('has parts that are its own words, in order, never blank, and depend on earlier ones', () => {
    fc.assert(
      fc.property(requests, fc.double({ min: 0, max: 1, noNaN: true }), (request, sameness) => {
        expectWellFormed(
          request,
          settleParts(draftParts(request), () => sameness),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('has at most forty parts, and the last one keeps the rest', () => {
    const request = Array.from({ length: 60 }, (_, index) => `- order item ${index}`).join('\n');
    const parts = splitRequest(request);
    expectWellFormed(request, parts);
    expect(parts).toHaveLength(MOST_PARTS);
    expect(parts.at(-1)?.text).toMatch(/^order item 39\n[^]*order item 59$/);
  });

  test.each([
    ['letters', 'a'],
    ['spaces', ' '],
    ['line breaks', '\n'],
    ['openings', '('],
    ['quotation marks', '"'],
    ['commas', ','],
    ['joining words', 'and then '],
    ['conditions', 'if so and if it rains '],
    ['requests', 'fix the login and '],
    ['numbers', '1. '],
    ['bullets', '\n- '],
    ['fences', '```'],
    ['combining marks', 'a\u0301'],
    ['addresses', 'http://'],
  ])('of 200,000 %s is read within a second', (_what, unit) => {
    const request = `x ${unit.repeat(200_000 / unit.length)} y`;
    const begin = performance.now();
    expectWellFormed(request, splitRequest(request));
    expect(performance.now() - begin).toBeLessThan(1_000);
  });

  it('keeps what follows a very long beginning in the last part', () => {
    const request = `fix the login; plan a meetup ${'for everybody '.repeat(3_000)}`;
    const parts = splitRequest(request);
    expect(parts).toHaveLength(2);
    expect(parts.at(-1)?.end).toBe(request.trimEnd().length);
  });
});
