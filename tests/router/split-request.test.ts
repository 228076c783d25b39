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
  ['fix the login → plan a meetup', 'fix the login', 'plan a meetup'],
  ['✅ fix the login\n🔥 plan a meetup', 'fix the login', 'plan a meetup'],
  ['- [ ] fix the login\n- [x] plan a meetup', 'fix the login', 'plan a meetup'],
  [
    '1. fix the login\n   - on Android\n   - on iOS\n2. plan a meetup',
    'fix the login\n   - on Android\n   - on iOS',
    'plan a meetup',
  ],
  ['topic one: fix the login. topic two: plan a meetup', 'fix the login', 'plan a meetup'],
  [
    'Three things please. Then fix the login page. Then plan a meetup, thanks a lot!',
    'fix the login page',
    'plan a meetup',
  ],
  ['Fix the login page, then publish.', 'Fix the login page', 'publish'],
  [
    'Raise the price to 10. Do not raise the price to 10.',
    'Raise the price to 10',
    'Do not raise the price to 10',
  ],
  ['fix the login\u0000page and then plan a meetup', 'fix the login\u0000page', 'plan a meetup'],
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
  "translate 'fix the login, then plan a meetup' into Dutch",
  'answer this:\n> fix the login.\n> then plan a meetup.',
  'why does ~~~\nfix it; then plan it\n~~~ crash',
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
    [
      'Is the login broken? If so, fix the login page. If not, close the ticket about it.',
      ['parallel', 'conditional', 'conditional'],
      [[], [0], [0]],
    ],
    [
      'Check the server, update the terms, and once both are done, tell the members.',
      ['parallel', 'parallel', 'sequential'],
      [[], [], [0, 1]],
    ],
    [
      'Build the server. Once the server runs, move the shop.',
      ['parallel', 'sequential'],
      [[], [0]],
    ],
    ['Fix the login; when you have time, plan a meetup.', ['parallel', 'parallel'], [[], []]],
    ['fix the login, and plan a meetup once it works', ['parallel', 'sequential'], [[], [0]]],
    ['Fix the login. Plan a meetup with that list.', ['parallel', 'parallel'], [[], []]],
    ['Fix the login, and meanwhile plan a meetup.', ['parallel', 'parallel'], [[], []]],
    ['Draft the offer, but first check the margin.', ['sequential', 'parallel'], [[1], []]],
    [
      '1. find the buyers\n2. set the price, use the result of 1\n3. close the books after 2 weeks',
      ['parallel', 'sequential', 'parallel'],
      [[], [0], []],
    ],
    [
      'a) fix the login\nb) plan a meetup (needs a)\nc) based on a and b write the post',
      ['parallel', 'sequential', 'sequential'],
      [[], [0], [0, 1]],
    ],
    [
      '1. fix the login after step 3\n2. plan a meetup\n3. move the server',
      ['sequential', 'parallel', 'parallel'],
      [[2], [], []],
    ],
    [
      '1. fix the login\n2. plan a meetup\n3. thank all of the above',
      ['parallel', 'parallel', 'sequential'],
      [[], [], [0, 1]],
    ],
    ['1. fix the login\n2. plan a meetup\nDo 1 after 2.', ['sequential', 'parallel'], [[1], []]],
  ];

  test.each(CASES)('%j', (request, relations, dependsOn) => {
    const parts = splitRequest(request);
    expect(parts.map(({ relation }) => relation)).toEqual(relations);
    expect(parts.map((part) => part.dependsOn)).toEqual(dependsOn);
  });
});

describe('parts that wait for each other', () => {
  const NOTE = 'part 1 was to wait for part 2, which waits for it, so part 1 does not wait';

  test.each([
    '1. write the ad after 2\n2. set the price after 1',
    '1. write the ad\n2. set the price\nDo 1 after 2, 2 after 1.',
    '1. write the ad\n2. set the price\n\nplease do 1 after 2, and 1 before 2',
  ])('%j is done in the order in which it is written, and says so', (request) => {
    const [first, second, ...others] = splitRequest(request);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ relation: 'parallel', dependsOn: [], note: NOTE });
    expect(second).toMatchObject({ relation: 'sequential', dependsOn: [0] });
    expect(second?.note).toBeUndefined();
  });

  test('a part that waits for itself does not wait', () => {
    const [first] = splitRequest('1. write the ad after 1\n2. set the price');
    expect(first).toMatchObject({ dependsOn: [], note: expect.stringContaining('for itself') });
  });
});

describe('what a part needs to be understood', () => {
  const contextsOf = (request: string): [string, string][] =>
    splitRequest(request).map(({ text, context }) => [text, context]);

  test('a lead-in goes with each part, which keeps its own words', () => {
    const lead = 'We lost two customers last week.';
    expect(contextsOf(`${lead} Find out the reasons, and close the books of May.`)).toEqual([
      ['Find out the reasons', lead],
      ['close the books of May', lead],
    ]);
  });

  test('a part that speaks of the one before it has that one with it', () => {
    expect(contextsOf('Write the ad. Then translate it into Dutch.')).toEqual([
      ['Write the ad', ''],
      ['translate it into Dutch', 'Write the ad'],
    ]);
  });

  test('a statement belongs to the question that says nothing without it', () => {
    expect(
      contextsOf('The forum is full of spam. What should we do? And close the books.'),
    ).toEqual([
      ['The forum is full of spam. What should we do?', ''],
      ['close the books', ''],
    ]);
    expect(contextsOf('Close the books of May. The sync skips rows. Please look into it.')).toEqual(
      [
        ['Close the books of May', ''],
        ['The sync skips rows. Please look into it', ''],
      ],
    );
  });

  test('"what should we do?" concludes several parts, and belongs to a single one', () => {
    const several = splitRequest(
      '1. fix the login\n2. close the books\n\nWhat should we do first?',
    );
    expect(textsOf(several)).toEqual([
      'fix the login',
      'close the books',
      'What should we do first?',
    ]);
    expect(several.at(-1)).toMatchObject({ relation: 'sequential', dependsOn: [0, 1] });
    expect(splitRequest('Compare the two vans. What should we do?')).toHaveLength(1);
  });

  test('a goal stays with its part', () => {
    expect(
      textsOf(
        splitRequest(
          'Fix the login so that members can post; close the books in order to send them.',
        ),
      ),
    ).toEqual(['Fix the login so that members can post', 'close the books in order to send them']);
  });

  test('a condition is kept, word for word', () => {
    const parts = splitRequest(
      'Is it broken? If not, close the ticket. If it burns, call for help.',
    );
    expect(parts.map(({ condition }) => condition)).toEqual([
      undefined,
      'if not',
      'If it burns, call for help',
    ]);
  });
});

// German, Spanish, French, Japanese, Arabic: cut where a sentence or an item of a list ends.
const FOREIGN: [request: string, ...parts: [text: string, dependsOn: number[]][]][] = [
  [
    'Behebe den Fehler im Login. Danach schreibe bitte einen Beitrag. Vielen Dank!',
    ['Behebe den Fehler im Login', []],
    ['Danach schreibe bitte einen Beitrag', [0]],
  ],
  [
    '¿Cuánto dinero nos queda en la caja? Prepara el informe para los socios.',
    ['¿Cuánto dinero nos queda en la caja?', []],
    ['Prepara el informe para los socios', []],
  ],
  [
    '1. Corrigez la page de connexion\n2. Préparez le budget de mai',
    ['Corrigez la page de connexion', []],
    ['Préparez le budget de mai', []],
  ],
  [
    'ログインを直してください。その後、予算を作ってください。',
    ['ログインを直してください。', []],
    ['その後、予算を作ってください。', [0]],
  ],
  ['أصلح صفحة الدخول. ثم جهز الميزانية؟', ['أصلح صفحة الدخول', []], ['ثم جهز الميزانية؟', [0]]],
];

describe('another language', () => {
  test.each(FOREIGN)('%j', (request, ...expected) => {
    const parts = splitRequest(request);
    expect(parts.map(({ text, dependsOn }) => [text, dependsOn])).toEqual(expected);
    expect(draftParts(request).isForeign).toBe(true);
  });

  test.each(['Fix the login page and plan a meetup', 'hmm', 'ok', '404'])(
    '%j is none',
    (request) => {
      expect(draftParts(request).isForeign).toBe(false);
    },
  );
});

describe('what the words leave open', () => {
  const draft = draftParts('fix the login error and tell the members in the forum');

  test('is decided by whose work it is', () => {
    expect(draft.pieces.map(({ joint }) => joint)).toEqual(['likely', 'probable']);
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
  ...['after 2', 'use the result of 1', 'before that', 'based on that', 'Do 1 after 2, 2 after 1.'],
  ...['ログインを直して。', 'Danach bitte den Bericht schreiben.', '\n> quoted\n', "'", '→', '+'],
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
    expect(part.dependsOn.every((other) => other >= 0 && other < parts.length)).toBe(true);
    expect(reachable(parts, index)).not.toContain(index);
    expect(part.relation === 'parallel').toBe(part.dependsOn.length === 0);
    expect(part.condition !== undefined).toBe(part.relation === 'conditional');
    for (const line of part.context.split('\n')) expect(request).toContain(line);
  }
}

/** Every part that one waits for, directly or not. */
function reachable(parts: readonly RequestPart[], index: number): Set<number> {
  const seen = new Set<number>();
  const open = [...(parts[index]?.dependsOn ?? [])];
  for (let other = open.pop(); other !== undefined; other = open.pop()) {
    if (seen.has(other)) continue;
    seen.add(other);
    open.push(...(parts[other]?.dependsOn ?? []));
  }
  return seen;
}

describe('any text', () => {
  it('has parts that are its own words, in order, never blank, and never wait in a circle', () => {
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
    expect(parts.at(-1)?.note).toContain('at most 40 parts');
    expect(splitRequest(request.split('\n').slice(0, 40).join('\n')).at(-1)?.note).toBeUndefined();
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
    const begin = process.cpuUsage();
    expectWellFormed(request, splitRequest(request));
    // Of the processor's time: others may be using the machine.
    expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
  });

  it('keeps what follows a very long beginning in the last part', () => {
    const request = `fix the login; plan a meetup ${'for everybody '.repeat(3_000)}`;
    const parts = splitRequest(request);
    expect(parts).toHaveLength(2);
    expect(parts.at(-1)?.end).toBe(request.trimEnd().length);
  });
});
