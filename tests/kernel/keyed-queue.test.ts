import { describe, expect, test } from '@jest/globals';
import { KeyedQueue } from '@371os/kernel';

describe('one at a time in each room', () => {
  test('keeps the order of a room, and rooms do not wait for one another', async () => {
    const queue = new KeyedQueue();
    const events: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const slow = queue.run('room', async () => {
      events.push('first begins');
      await gate.promise;
      events.push('first ends');
    });
    const second = queue.run('room', () => {
      events.push('second');
      return Promise.resolve();
    });
    await queue.run('elsewhere', () => {
      events.push('elsewhere');
      return Promise.resolve();
    });
    expect(events).toEqual(['first begins', 'elsewhere']);
    gate.resolve(undefined);
    await Promise.all([slow, second]);
    expect(events).toEqual(['first begins', 'elsewhere', 'first ends', 'second']);
  });

  test('a failure reaches its caller and does not stop the queue', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run('room', () => Promise.reject(new RangeError('boom')));
    const after = queue.run('room', () => Promise.resolve('still here'));
    await expect(failing).rejects.toThrow('boom');
    await expect(after).resolves.toBe('still here');
  });
});
