import { describe, expect, test } from '@jest/globals';
import { BaseError, explainError, toActionResult } from '@371os/kernel';
import type { Content, Memory } from '@elizaos/core';

class NoBidsError extends BaseError {
  constructor({ waitedMs }: { waitedMs: number }) {
    super(`No provider made an offer in ${String(waitedMs)} ms: try a higher price.`, {
      isRetryable: true,
      details: { waitedMs },
    });
  }
}

describe('errors', () => {
  test('name and code follow from the class', () => {
    const error = new NoBidsError({ waitedMs: 5 });
    expect(error).toMatchObject({ name: 'NoBidsError', code: 'NO_BIDS', isRetryable: true });
    expect(BaseError.isInstance(error)).toBe(true);
    expect(BaseError.isInstance(new TypeError('x'))).toBe(false);
  });

  test('only our own errors are shown in full', () => {
    expect(explainError(new NoBidsError({ waitedMs: 5 }))).toContain('try a higher price');
    expect(explainError(new TypeError('password=hunter2'))).not.toContain('hunter2');
  });
});

describe('the result of an action', () => {
  const message = { content: { text: 'go', source: 'test' } } as Memory;

  async function resultOf(work: () => Promise<{ text: string }>): Promise<[unknown, Content[]]> {
    const said: Content[] = [];
    const result = await toActionResult(
      'DO_IT',
      message,
      (content) => {
        said.push(content);
        return Promise.resolve([]);
      },
      work,
    );
    return [result, said];
  }

  test('says what was done, and carries its name for chained actions', async () => {
    const [result, said] = await resultOf(() => Promise.resolve({ text: 'done' }));
    expect(result).toMatchObject({ success: true, text: 'done', data: { actionName: 'DO_IT' } });
    expect(said).toEqual([{ text: 'done', actions: ['DO_IT'], source: 'test' }]);
  });

  test('turns an error into a sentence instead of throwing', async () => {
    const [result, said] = await resultOf(() => Promise.reject(new NoBidsError({ waitedMs: 9 })));
    expect(result).toMatchObject({ success: false, data: { errorCode: 'NO_BIDS' } });
    expect(said[0]?.text).toMatch(/No provider made an offer/);
  });
});
