import { describe, expect, test } from '@jest/globals';
import type { ActionResult, IAgentRuntime, Memory } from '@elizaos/core';
import {
  BaseError,
  guestNamed,
  inConversation,
  OWNER,
  ruledAction,
  startConversation,
  type ActionCall,
  type Principal,
  type RuledAction,
  type RuledActionInit,
} from '@371os/kernel';

const runtime = { character: { name: 'CFO Maya' } } as IAgentRuntime;

class NoBeansError extends BaseError {
  constructor() {
    super('There are no beans: order some.');
  }
}

function countBeans(more: Partial<RuledActionInit> = {}): RuledAction {
  return ruledAction({
    name: 'COUNT_BEANS',
    similes: ['HOW_MANY_BEANS'],
    description: 'Counts beans.',
    validate: () => Promise.resolve(true),
    rule: (text, self) => (text.includes('beans') ? { kind: text, asked: self ?? 'nobody' } : {}),
    example: ['Count the beans', 'There are'],
    work: ({ parameters }) => ({ text: JSON.stringify(parameters) }),
    ...more,
  });
}

async function run(action: RuledAction, principal: Principal, text: string): Promise<ActionResult> {
  const message = { content: { text } } as Memory;
  return (await inConversation(startConversation({ principal }), () =>
    action.handler(runtime, message),
  )) as ActionResult;
}

describe('a ruled action', () => {
  test('works with what its rule reads, which knows the name of the agent', async () => {
    const { text, success, data } = await run(countBeans(), guestNamed('ann'), 'green beans');
    expect(JSON.parse(text ?? '')).toEqual({ kind: 'green beans', asked: 'CFO Maya' });
    expect({ success, data }).toEqual({ success: true, data: { actionName: 'COUNT_BEANS' } });
  });

  test('is kept from others than the owner and admins where it says so', async () => {
    const calls: ActionCall[] = [];
    const work: RuledActionInit['work'] = (call) => {
      calls.push(call);
      return { text: 'done' };
    };
    const action = countBeans({ adminsOnly: 'count beans', work });
    const refused = await run(action, guestNamed('ann'), 'beans');
    expect(refused).toMatchObject({ success: false, data: { errorCode: 'NOT_PERMITTED' } });
    expect(refused.text).toContain('count beans');
    expect(calls).toEqual([]);
    expect(await run(action, OWNER, 'beans')).toMatchObject({ success: true, text: 'done' });
    expect(calls).toMatchObject([{ runtime, principal: OWNER }]);
  });

  test('answers with the sentence of what went wrong', async () => {
    const work: RuledActionInit['work'] = () => {
      throw new NoBeansError();
    };
    expect(await run(countBeans({ work }), OWNER, 'beans')).toMatchObject({
      ...{ success: false, text: 'There are no beans: order some.' },
      data: { errorCode: 'NO_BEANS', actionName: 'COUNT_BEANS' },
    });
  });

  test('shows a model how it is asked for, and nothing of how it works', () => {
    const { examples, ...action } = countBeans({ rulePriority: 7 });
    expect(examples).toEqual([
      [
        { name: '{{user1}}', content: { text: 'Count the beans' } },
        { name: '{{agent}}', content: { text: 'There are', actions: ['COUNT_BEANS'] } },
      ],
    ]);
    expect(Object.keys(action).toSorted()).toEqual(
      ['description', 'handler', 'name', 'rule', 'rulePriority', 'similes', 'validate'].toSorted(),
    );
  });
});
