import { describe, expect, test } from '@jest/globals';
import { presentTasks, replyOf } from '../../plugins/plugin-router/src/domain/reply.ts';
import {
  outcomeOf,
  withAnswer,
  type RoutedTask,
} from '../../plugins/plugin-router/src/domain/task.ts';

const call = { kind: 'model-call', model: 'openai:gpt-4o-mini', costPico: 5n };

describe('what became of a task', () => {
  test.each([
    ['an answer', ['42'], [call], 'COMPLETED', '42'],
    [
      'something is missing',
      ['needs a model'],
      [call, { kind: 'input-required', missing: 'language-model', sentence: 's' }],
      'INPUT_REQUIRED',
      'needs a model',
    ],
    [
      'something is missing and nothing was said',
      [],
      [{ kind: 'input-required', missing: 'language-model', sentence: 'A model is missing.' }],
      'INPUT_REQUIRED',
      'A model is missing.',
    ],
    ['the budget refused it', ['no money'], [{ kind: 'budget-exceeded' }], 'REJECTED', 'no money'],
    ['the ledger is damaged', ['stop'], [{ kind: 'treasury-refused' }], 'REJECTED', 'stop'],
    [
      'it was handed back',
      ['been there'],
      [{ kind: 'routing-refused', sentence: 'been there' }],
      'REJECTED',
      'been there',
    ],
    [
      'it was handed back, and answered then',
      ['done'],
      [{ kind: 'routing-refused', sentence: 'been there' }],
      'COMPLETED',
      'done',
    ],
    ['it failed', ['sorry'], [{ kind: 'message-failed', code: 'X' }], 'FAILED', 'sorry'],
    ['silence', [], [call], 'FAILED', 'The agent gave no answer; ask again.'],
  ])('%s', (_name, answers, trace, state, answer) => {
    expect(outcomeOf(answers, trace)).toMatchObject({ state, answer });
  });

  test('the model is the one that was asked last', () => {
    const trace = [call, { ...call, model: 'embedded:rules' }];
    expect(outcomeOf(['x'], trace).model).toBe('embedded:rules');
  });
});

describe('the reply to a person', () => {
  const task: RoutedTask = {
    id: 't1',
    agent: 'CFO Maya',
    text: 'budget?',
    state: 'COMPLETED',
    answer: '$20 left',
    model: 'embedded:rules',
    costPico: 7n,
    reason: 'it is most like "x" (0.9)',
    requester: { id: 'owner' },
    roomId: 'r',
    isConfidential: false,
    dependsOn: [],
  };

  test('counts each call once, inside tasks and outside', () => {
    const trace = [call, { ...call, taskId: 't1' }, { kind: 'task', task }];
    expect(replyOf(['hi'], trace)).toMatchObject({ costPico: 12n, tasks: [task] });
  });

  test('is never empty', () => {
    expect(replyOf([], []).text).not.toBe('');
  });

  test('a failure outside any task is named', () => {
    const trace = [{ kind: 'message-failed', code: 'EMPTY_MESSAGE' }];
    expect(replyOf(['empty'], trace).errorCode).toBe('EMPTY_MESSAGE');
  });

  test('says who, with what, for how much and why', () => {
    expect(presentTasks([task])).toBe(
      '$20 left\n\n— CFO Maya (embedded:rules, $0.000000000007): it is most like "x" (0.9).',
    );
  });

  test('several parts are numbered, and their cost is added up', () => {
    const text = presentTasks([task, { ...task, id: 't2', text: 'runway?', answer: '' }]);
    expect(text).toMatch(/^1\. budget\?\n\$20 left/);
    expect(text).toContain('2. runway?\n');
    expect(text).toMatch(/Together \$0\.000000000014\.$/);
  });

  test.each(['SUBMITTED', 'WORKING', 'CANCELED'])('a part in %s has an answer, too', (state) => {
    expect(withAnswer({ ...task, state, answer: '' }).answer).not.toBe('');
  });
});
