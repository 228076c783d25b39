import { ChannelType, createUniqueUuid, type IAgentRuntime } from '@elizaos/core';
import { millisecondsOf } from './report.ts';

const WARM_UP = 3;
const COUNTED = 20;

/** Says something to an agent and resolves with all that it said once it has finished. */
type Say = (text: string) => Promise<string>;

/** A person's room with an agent. */
export async function openRoom(agent: IAgentRuntime): Promise<Say> {
  const roomId = createUniqueUuid(agent, 'bench-room');
  const entityId = createUniqueUuid(agent, 'bench-person');
  const worldId = createUniqueUuid(agent, 'bench-world');
  const type = ChannelType.DM;
  await agent.ensureConnection({ entityId, roomId, worldId, source: 'bench', type });
  return async (text) => {
    const message = {
      id: createUniqueUuid(agent, crypto.randomUUID()),
      agentId: agent.agentId,
      entityId,
      roomId,
      worldId,
      content: { text, source: 'bench', channelType: type },
    };
    let said = '';
    await agent.messageService?.handleMessage(agent, message, (content) => {
      said += content.text ?? '';
      return Promise.resolve([]);
    });
    if (said === '') throw new RangeError('the agent said nothing');
    return said;
  };
}

/** Milliseconds from a message to the end of its handling, for each of twenty messages in a room. */
export async function timeMessages(agent: IAgentRuntime, text: string): Promise<number[]> {
  const say = await openRoom(agent);
  for (let number = 0; number < WARM_UP; number += 1) await say(text);
  const times: number[] = [];
  for (let number = 0; number < COUNTED; number += 1)
    times.push(await millisecondsOf(() => say(text)));
  return times;
}
