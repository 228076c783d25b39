import type { IAgentRuntime } from '@elizaos/core';
import { isReplica, RoomSpeaker, speakFar } from '@371os/kernel';
import { z } from 'zod';
import { findHeardRoom } from '../store/heard-room.ts';
import { tasksOf } from './tasks-service.ts';

const notice = z.object({ roomId: z.string(), sinceMs: z.number() });

/**
 * Has an agent be heard in rooms of agents of other processes on the same database, and say in its own what those give
 * it. What is said is a durable task of the agent whose room it is: it waits while that does not run.
 * @throws TasksMissingError, TaskStoreError
 */
export async function openFarVoice(runtime: IAgentRuntime): Promise<void> {
  const tasks = await tasksOf(runtime);
  const database = await tasks.openDatabase();
  speakFar(runtime, async (roomId, text, sinceMs) => {
    const heard = await findHeardRoom(database, roomId);
    if (!heard) return false;
    await tasks.submit({
      ...{ agent: voiceOf(heard.agentId), text, roomId: '', isConfidential: false },
      requester: { id: runtime.agentId, role: 'guest' },
      data: { roomId: heard.roomId, sinceMs },
    });
    return true;
  });
  // A replica has the agent's id and none of its connections.
  if (isReplica()) return;
  const speaker = new RoomSpeaker(runtime);
  await tasks.work(
    voiceOf(runtime.agentId),
    async ({ text, data }) => {
      const { roomId, sinceMs } = notice.parse(data);
      await speaker.sayOnce(roomId, text, sinceMs);
      return { state: 'COMPLETED', answer: 'It was said.' };
    },
    // One after the other, so that what is the same is said once.
    { concurrency: 1 },
  );
}

function voiceOf(agentId: string): string {
  return `voice ${agentId}`;
}
