import { ChannelType, createUniqueUuid, type IAgentRuntime } from '@elizaos/core';

const WARM_UP = 3;
const COUNTED = 20;

/** Milliseconds from a message to the end of its handling, for each of twenty messages in a room. */
export async function timeMessages(agent: IAgentRuntime, text: string): Promise<number[]> {
  const roomId = createUniqueUuid(agent, 'bench-room');
  const entityId = createUniqueUuid(agent, 'bench-person');
  const worldId = createUniqueUuid(agent, 'bench-world');
  await agent.ensureConnection({
    entityId,
    roomId,
    worldId,
    source: 'bench',
    type: ChannelType.DM,
  });
  const times: number[] = [];
  for (let number = 0; number < WARM_UP + COUNTED; number += 1) {
    const begin = performance.now();
    let said = '';
    await agent.messageService?.handleMessage(
      agent,
      {
        id: createUniqueUuid(agent, `bench-${String(number)}-${String(begin)}`),
        agentId: agent.agentId,
        entityId,
        roomId,
        worldId,
        content: { text, source: 'bench', channelType: ChannelType.DM },
      },
      (content) => {
        said += content.text ?? '';
        return Promise.resolve([]);
      },
    );
    if (said === '') throw new RangeError('the agent said nothing');
    if (number >= WARM_UP) times.push(performance.now() - begin);
  }
  return times;
}
