import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { streamResult } from '../../plugins/plugin-gateway/src/services/stream-result.ts';

async function* broken(): AsyncGenerator<string, undefined> {
  yield 'half';
  await turn();
  throw new RangeError('the line is cut');
}

test('a stream that breaks is told to whoever reads it, and is nobody else’s trouble', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  try {
    const { textStream, usage } = streamResult(broken());
    await expect(Array.fromAsync(textStream)).rejects.toThrow('the line is cut');
    await turn();
    expect(unhandled).toEqual([]);
    await expect(usage).rejects.toThrow('the line is cut');
  } finally {
    process.off('unhandledRejection', note);
  }
});
