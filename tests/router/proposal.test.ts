import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  judgeProposal,
  type Proposal,
} from '../../plugins/plugin-router/src/domain/split/proposal.ts';

type Part = Proposal['parts'][number];

function part(text: string, after: number[] = [], kind: Part['kind'] = 'parallel'): Part {
  return { text, after, kind };
}

function propose(parts: readonly Part[], context: readonly string[] = []): Proposal {
  return { context, parts };
}

const REQUEST =
  'Hi Mimi, we lost two customers last week. Find out why, then  write them a letter; and if they answer, call them. Thanks!';
const LEAD = 'we lost two customers last week.';
const WHY = part('Find out why');
const WRITE = part('write them a letter', [1]);
const CALL = part('if they answer, call them', [2], 'conditional');
const GOOD = propose([WHY, WRITE, CALL], [LEAD]);

function textsOf(request: string, proposal: Proposal): string[] {
  const verdict = judgeProposal(request, proposal);
  return 'parts' in verdict
    ? verdict.parts.map(({ start, end }) => request.slice(start, end))
    : [verdict.refusal];
}

describe('a proposal in the words of the request', () => {
  test('is taken, with its order and what introduces it', () => {
    expect(judgeProposal(REQUEST, GOOD)).toEqual({
      parts: [
        { start: 42, end: 54, relation: 'parallel', dependsOn: [], context: LEAD },
        { start: 62, end: 81, relation: 'sequential', dependsOn: [0], context: LEAD },
        { start: 87, end: 112, relation: 'conditional', dependsOn: [1], context: LEAD },
      ],
    });
  });

  const TAKEN: [request: string, ...parts: string[]][] = [
    ['fix it', 'fix it'],
    ['Fix  the\nlogin and plan a meetup', 'Fix the login', 'plan a meetup'],
    ['1. fix the login\n2) plan a meetup', 'fix the login', 'plan a meetup'],
    ['Fix the login. Fix the login.', 'Fix the login.', 'Fix the login'],
    ['concatenate the cat and feed the cat', 'concatenate the cat', 'feed the cat'],
    ['Repariere den Login und danach schreib uns', 'Repariere den Login', 'schreib uns'],
    ['ログインを直してそして予算を作る', 'ログインを直して', 'そして予算を作る'],
    [
      'translate "and then plan" into Dutch, please',
      'translate "and then plan" into Dutch, please',
    ],
  ];
  test.each(TAKEN)('%j', (request, ...parts) => {
    const plain = (text: string): string => text.replace(/\s+/g, ' ');
    expect(textsOf(request, propose(parts.map((text) => part(text)))).map(plain)).toEqual(parts);
  });
});

describe('a proposal is refused that', () => {
  const REFUSED: [what: string, proposal: Proposal, why: RegExp][] = [
    [
      'invents a part',
      propose([WHY, part('delete the database'), WRITE, CALL], [LEAD]),
      /says "delete/,
    ],
    ['changes a word', propose([part('Find out how'), WRITE, CALL], [LEAD]), /says "Find out how"/],
    [
      'adds a word',
      propose([part('Find out exactly why'), WRITE, CALL], [LEAD]),
      /says "Find out ex/,
    ],
    ['translates', propose([part('Finde heraus warum'), WRITE, CALL], [LEAD]), /says "Finde/],
    ['names an agent', propose([part('CTO Zara: Find out why'), WRITE, CALL], [LEAD]), /says "CTO/],
    ['changes the order', propose([WRITE, WHY, CALL], [LEAD]), /says "Find out why"/],
    ['says a part twice', propose([WHY, WHY, WRITE, CALL], [LEAD]), /says "Find out why"/],
    [
      'overlaps',
      propose([part('Find out why, then'), part('then  write them a letter'), CALL], [LEAD]),
      /says "then/,
    ],
    ['cuts a word', propose([WHY, part('write them a lett'), CALL], [LEAD]), /says "write/],
    ['leaves a part out', propose([WHY, CALL], [LEAD]), /leaves out ", then {2}write/],
    ['leaves the end out', propose([WHY, WRITE], [LEAD]), /leaves out "; and if they answer/],
    ['leaves the lead-in out', propose([WHY, WRITE, CALL]), /leaves out "Hi Mimi, we lost/],
    [
      'calls a part context',
      propose([WRITE, CALL], [LEAD, 'Find out why']),
      /leaves "Find out why" undone/,
    ],
    [
      'invents context',
      propose([WHY, WRITE, CALL], [LEAD, 'You are admin']),
      /says "You are admin"/,
    ],
    [
      'waits for a part that there is none of',
      propose([part('Find out why', [7]), WRITE, CALL], [LEAD]),
      /none of/,
    ],
    [
      'waits in a circle',
      propose([part('Find out why', [2]), WRITE, CALL], [LEAD]),
      /for each other/,
    ],
    [
      'waits for itself',
      propose([part('Find out why', [1]), WRITE, CALL], [LEAD]),
      /for each other/,
    ],
    [
      'waits for nothing',
      propose([part('Find out why', [], 'sequential'), WRITE, CALL], [LEAD]),
      /nothing in par/,
    ],
    [
      'drops a condition',
      propose([WHY, WRITE, part('if they answer, call them', [2], 'sequential')], [LEAD]),
      /forgets the condition of part 3/,
    ],
    [
      'leaves the words of a condition out',
      propose([WHY, WRITE, part('call them', [2], 'conditional')], [LEAD]),
      /leaves out "; and if they answer/,
    ],
    ['says nothing', propose([part(' ')]), /where the request does not/],
  ];
  test.each(REFUSED)('%s', (_what, proposal, why) => {
    expect(judgeProposal(REQUEST, proposal)).toEqual({ refusal: expect.stringMatching(why) });
  });

  const MORE: [request: string, parts: string[], why: RegExp][] = [
    ['run `fix it; drop it` now', ['run `fix it', 'drop it` now'], /says "run `fix it"/],
    ['open https://a.b/c;d and call us', ['open https://a.b/c', 'd and call us'], /says "open/],
    ['say "stop and go" aloud', ['say "stop', 'go" aloud'], /says "say/],
    ['Close the shop, not the bar', ['Close the shop', 'the bar'], /leaves out ", not"/],
    ['Find out. If not, call them', ['Find out', 'call them'], /condition of part 2/],
  ];
  test.each(MORE)('%j as %j', (request, parts, why) => {
    const verdict = judgeProposal(request, propose(parts.map((text) => part(text))));
    expect(verdict).toEqual({ refusal: expect.stringMatching(why) });
  });
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('a', 'fix it', ',', '\n', '"'),
);
const proposals = fc.record({
  context: fc.array(text, { maxLength: 2 }),
  parts: fc.array(
    fc.record({
      text,
      kind: fc.constantFrom('parallel', 'sequential', 'conditional'),
      after: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

test('whatever is proposed of whatever text, what is taken lies in it, in order', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), proposals, (words, proposal) => {
      const request = words.join(' ');
      const verdict = judgeProposal(request, proposal);
      if ('refusal' in verdict) return;
      let end = 0;
      for (const span of verdict.parts) {
        expect(span.start).toBeGreaterThanOrEqual(end);
        end = span.end;
        expect(request.slice(span.start, span.end).trim()).not.toBe('');
      }
    }),
    { numRuns: 500 },
  );
});
