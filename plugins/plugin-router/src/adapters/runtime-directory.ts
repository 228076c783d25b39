import {
  ChannelType,
  createUniqueUuid,
  type Content,
  type ElizaOS,
  type IAgentRuntime,
  type Memory,
} from '@elizaos/core';
import { currentConversation, ruleOf } from '@371os/kernel';
import { z } from 'zod';
import { UnknownAgentError } from '../errors.ts';
import type { AgentDirectory, AgentRun, DirectoryEntry } from '../ports.ts';

/** What a character says about the requests it takes: `settings.routing`. */
const routing = z.object({
  role: z.string().min(1),
  examples: z.array(z.string().min(1)).min(1),
});

/** The agents that run in this process beside the given one. */
export class RuntimeDirectory implements AgentDirectory {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  list(): DirectoryEntry[] {
    return this.#runtimes().flatMap(({ character }) => {
      const parsed = routing.safeParse(character.settings?.['routing']);
      return parsed.success ? [{ name: character.name, ...parsed.data }] : [];
    });
  }

  async canByRule(agent: string, text: string): Promise<boolean> {
    const runtime = this.#runtimes().find(({ character }) => character.name === agent);
    if (!runtime) return false;
    const { agentId } = runtime;
    const message = { entityId: agentId, agentId, roomId: agentId, content: { text } };
    for (const action of runtime.actions)
      if (ruleOf(action)?.(text) && (await action.validate(runtime, message))) return true;
    return false;
  }

  async run(run: AgentRun): Promise<string[]> {
    const target = this.#runtimes().find(({ character }) => character.name === run.agent);
    if (!target) throw new UnknownAgentError({ agent: run.agent, known: this.#names() });
    return runAgent(target, run);
  }

  #runtimes(): IAgentRuntime[] {
    // Whatever ElizaOS runs in, its own class is behind the narrow type.
    const elizaOS = this.#runtime.elizaOS as ElizaOS | undefined;
    return elizaOS?.getAgents() ?? [this.#runtime];
  }

  #names(): string[] {
    return this.#runtimes().map(({ character }) => character.name);
  }
}

/** Has one agent answer in a room of its own, and returns what it said, in order. */
export async function runAgent(target: IAgentRuntime, run: AgentRun): Promise<string[]> {
  // Work that a stopped server left may be taken up before every agent is ready again.
  await target.initPromise;
  const message = await workMessage(target, run);
  await tellBackground(target, message, run.background ?? []);
  const answers: string[] = [];
  const conversation = currentConversation();
  const onText = conversation?.onText;
  await target.messageService?.handleMessage(
    target,
    message,
    async (content: Content) => {
      if (isAnswer(content)) {
        answers.push(content.text ?? '');
        await rememberAnswer(target, message, content.text ?? '');
      }
      return [];
    },
    {
      timeoutDuration: run.timeoutMs,
      ...(onText
        ? {
            onStreamChunk: (chunk: string): Promise<void> => {
              onText(chunk);
              return Promise.resolve();
            },
          }
        : {}),
    },
  );
  return answers;
}

type Connection = Parameters<IAgentRuntime['ensureConnection']>[0];

const connected = new WeakMap<IAgentRuntime, Set<string>>();

// Rooms are not taken away again, and looking for one costs ElizaOS a dozen queries.
async function connectOnce(target: IAgentRuntime, connection: Connection): Promise<void> {
  const rooms = connected.get(target) ?? new Set();
  connected.set(target, rooms);
  const key = `${connection.roomId} ${connection.entityId}`;
  if (rooms.has(key)) return;
  await target.ensureConnection(connection);
  rooms.add(key);
}

async function workMessage(target: IAgentRuntime, run: AgentRun): Promise<Memory> {
  const roomId = createUniqueUuid(target, `router:${run.roomId}`);
  const entityId = createUniqueUuid(target, `router:${run.requesterId}`);
  const worldId = createUniqueUuid(target, `router:${run.requesterId}:world`);
  await connectOnce(target, {
    entityId,
    roomId,
    worldId,
    source: '371os',
    channelId: run.roomId,
    type: ChannelType.DM,
    name: run.requesterId,
    userName: run.requesterId,
    worldName: run.requesterId,
  });
  return {
    id: createUniqueUuid(target, `${run.roomId}:${crypto.randomUUID()}`),
    agentId: target.agentId,
    entityId,
    roomId,
    worldId,
    createdAt: Date.now(),
    content: { text: run.text, source: '371os', channelType: ChannelType.DM },
  };
}

// What earlier parts found goes into the room, as something that was said before.
async function tellBackground(
  target: IAgentRuntime,
  { entityId, roomId }: Memory,
  background: readonly string[],
): Promise<void> {
  for (const text of background)
    await target.createMemory(
      { entityId, agentId: target.agentId, roomId, content: { text, source: '371os' } },
      'messages',
    );
}

// The agent should know tomorrow what it said today; connectors do this for their own rooms.
async function rememberAnswer(
  target: IAgentRuntime,
  { roomId }: Memory,
  text: string,
): Promise<void> {
  const content = { text, source: '371os' };
  const { agentId } = target;
  await target.createMemory({ entityId: agentId, agentId, roomId, content }, 'messages');
}

function isAnswer(content: Content): boolean {
  return Boolean(content.text?.trim()) && !content.actions?.includes('IGNORE');
}
