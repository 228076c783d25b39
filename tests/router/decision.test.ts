import { describe, expect, test } from '@jest/globals';
import {
  callsOf,
  decisionOf,
  explainDecision,
  quote,
  summariseDecisions,
} from '../../plugins/plugin-router/src/domain/decision.ts';
import type { PartRecord } from '../../plugins/plugin-router/src/domain/reading.ts';

const asked = {
  taskId: 't1',
  roomId: 'r1',
  requesterId: 'owner',
  text: 'How much runway do we have?',
  isConfidential: false,
  part: { split: { by: 'rules', doubts: [], costPico: 0n } } as const,
};
const choice = {
  agent: 'CFO Maya',
  reason: 'it is most like "How many months of runway do we have?" (0.83)',
  isAbstention: false,
  candidates: [
    {
      agent: 'CFO Maya',
      role: 'CFO',
      score: 0.83,
      nearest: 'How many months of runway do we have?',
      availability: 'free' as const,
      open: 1,
      concurrency: 4,
      failuresInARow: 0,
      usdPerTask: '0.0002',
      rateBasis: 'its last 9 tasks',
      verdict: 'asked',
    },
    {
      agent: 'CTO Zara',
      role: 'CTO',
      score: 0.21,
      nearest: '',
      availability: 'failing' as const,
      open: 0,
      concurrency: 4,
      failuresInARow: 5,
      verdict: 'does the work of the CTO',
    },
  ],
};
const trace = [
  { kind: 'routing', text: 'x' },
  {
    kind: 'model-call',
    model: 'openai:gpt-4o-mini',
    slot: 'default',
    status: 'ok',
    reason: 'slot default: no other rule applies',
    costPico: 210_000_000n,
  },
];

describe('why a request went where it went', () => {
  test('names who was asked, who was not, with which model, and the cost', () => {
    const decision = {
      ...decisionOf(choice, asked),
      state: 'COMPLETED',
      costPico: 210_000_000n,
      calls: callsOf(trace),
    };
    expect(explainDecision(decision).split('\n')).toEqual([
      '"How much runway do we have?" went to CFO Maya: it is most like "How many months of runway do we have?" (0.83).',
      '- CFO Maya: asked; likeness 0.83 ("How many months of runway do we have?"); is free (1 of 4 tasks); a task costs $0.0002 (its last 9 tasks)',
      '- CTO Zara: not asked, it does the work of the CTO; likeness 0.21; has failed 5 times in a row; its cost is not known',
      '- openai:gpt-4o-mini (default): ok, $0.00021; slot default: no other rule applies',
      'It is COMPLETED and cost $0.00021.',
    ]);
  });

  const explained = (part: PartRecord, isConfidential = false): string[] =>
    explainDecision(decisionOf(choice, { ...asked, part, isConfidential }))
      .split('\n')
      .slice(1, -3);

  test('tells what the request said about the part, and who cut it', () => {
    const doubts = ['it is long', 'it has many clauses'];
    const split = {
      by: 'model',
      doubts,
      model: 'openai:gpt-4o-mini',
      costPico: 5_000_000n,
    } as const;
    expect(
      explained({ relation: 'conditional', condition: 'if not', note: 'a note', split }),
    ).toEqual([
      '- it is done on a condition ("if not")',
      '- a note',
      '- a language model cut the request (openai:gpt-4o-mini, $0.000005), since it is long, it has many clauses',
    ]);
    expect(explained({ split: { ...split, by: 'rules', refusal: 'it says "x"' } })).toEqual([
      '- rules cut the request and are unsure, since it is long, it has many clauses; a language model (openai:gpt-4o-mini, $0.000005) was not followed: it says "x"',
    ]);
    expect(explained({ split: { by: 'rules', doubts: ['it is long'], costPico: 0n } })).toEqual([
      '- rules cut the request and are unsure, since it is long; there was no language model to ask',
    ]);
  });

  test('quotes nothing of it when it was asked in private', () => {
    const split = {
      by: 'rules',
      doubts: ['it is long'],
      refusal: 'it says "x"',
      costPico: 0n,
    } as const;
    const part = { relation: 'conditional', condition: 'if the merger fails', split } as const;
    expect(explained(part, true).join('\n')).not.toMatch(/merger|"x"/);
  });

  test('a model reads who was not asked, and why', () => {
    expect(summariseDecisions([decisionOf(choice, asked)])).toMatch(
      /-> CFO Maya \(WORKING\): .*\. Not: CTO Zara does the work of the CTO$/,
    );
  });

  test('what was asked in private is not repeated in a list, not even its beginning', () => {
    const secret = decisionOf(choice, { ...asked, isConfidential: true });
    expect(explainDecision(secret)).not.toContain('How much');
    expect(summariseDecisions([secret])).not.toContain('How much');
    expect(quote(secret)).toBe('A private request');
  });

  test.each([
    ['x'.repeat(100), `"${'x'.repeat(100)}"`],
    ['x'.repeat(101), `"${'x'.repeat(100)}…"`],
  ])('a long request is cut', (text, quoted) => {
    expect(quote({ text, isConfidential: false })).toBe(quoted);
  });
});
