import {
  ChannelType,
  createUniqueUuid,
  type Content,
  type ElizaOS,
  type IAgentRuntime,
  type Memory,
} from '@elizaos/core';
import {
  currentConversation,
  parseUsd,
  readSettings,
  ruleOf,
  runtimeSettings,
  WORK_SOURCE,
} from '@371os/kernel';
import { tasksSettings } from '@371os/plugin-tasks';
import { z } from 'zod';
import type { AgentProfile } from '../domain/directory-entry.ts';
import { UnknownAgentError } from '../errors.ts';
import type { AgentRun, AgentSource } from '../ports.ts';

const words = z.array(z.string().min(1));

/** What a character says about the requests it takes: `settings.routing`. */
const routing = z.object({
  role: z.string().min(1),
  examples: words.min(1),
  /** The character's topics by default. */
  capabilities: words.optional(),
  /** What a task of it costs, in US dollars. */
  usdPerTask: z
    .string()
    .regex(/^\d{1,7}(\.\d{1,12})?$/)
    .transform(parseUsd)
    .optional(),
});

const COMINGS_AND_GOINGS = ['agent:added', 'agent:started', 'agents:stopped', 'agents:deleted'];

/** The agents that run in this process beside the given one, as they come and go. */
export class RuntimeAgents implements AgentSource {
  readonly #runtime: IAgentRuntime;
  readonly #concurrency = new WeakMap<IAgentRuntime, number>();

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  list(): AgentProfile[] {
    return this.#runtimes().flatMap((runtime) => this.#profileOf(runtime) ?? []);
  }

  onChange(listener: () => void): () => void {
    const elizaOS = this.#elizaOS();
    for (const event of COMINGS_AND_GOINGS) elizaOS?.addEventListener(event, listener);
    return () => {
      for (const event of COMINGS_AND_GOINGS) elizaOS?.removeEventListener(event, listener);
    };
  }

  async canByRule(agent: string, text: string): Promise<boolean> {
    const runtime = this.#runtimes().find(({ character }) => character.name === agent);
    if (!runtime) return false;
    const { agentId } = runtime;
    const message = { entityId: agentId, agentId, roomId: agentId, content: { text } };
    for (const action of runtime.actions)
      if (ruleOf(action)?.(text, agent) && (await action.validate(runtime, message))) return true;
    return false;
  }

  async deliver(run: AgentRun): Promise<string[]> {
    const target = this.#runtimes().find(({ character }) => character.name === run.agent);
    if (!target) throw new UnknownAgentError({ agent: run.agent, known: this.#names() });
    return runAgent(target, run);
  }

  #runtimes(): IAgentRuntime[] {
    return this.#elizaOS()?.getAgents() ?? [this.#runtime];
  }

  // Whatever ElizaOS runs in, its own class is behind the narrow type.
  #elizaOS(): ElizaOS | undefined {
    return this.#runtime.elizaOS as ElizaOS | undefined;
  }

  #profileOf(runtime: IAgentRuntime): AgentProfile | undefined {
    const { character } = runtime;
    const parsed = routing.safeParse(character.settings?.['routing']);
    if (!parsed.success) return undefined;
    const { role, examples, capabilities, usdPerTask } = parsed.data;
    return {
      name: character.name,
      role,
      examples,
      capabilities: capabilities ?? character.topics ?? [],
      concurrency: this.#concurrencyOf(runtime),
      // ElizaOS takes itself away from an agent that it has stopped.
      isThere: runtime === this.#runtime || runtime.elizaOS !== undefined,
      isLocal: true,
      statedRatePico: usdPerTask,
    };
  }

  // A wrong setting is the agent's own trouble, which it tells itself; it does one thing at a time.
  #concurrencyOf(runtime: IAgentRuntime): number {
    const known = this.#concurrency.get(runtime) ?? readConcurrency(runtime);
    this.#concurrency.set(runtime, known);
    return known;
  }

  #names(): string[] {
    return this.#runtimes().map(({ character }) => character.name);
  }
}

function readConcurrency(runtime: IAgentRuntime): number {
  try {
    return readSettings(tasksSettings, runtimeSettings(runtime)).TASKS_CONCURRENCY;
  } catch (error) {
    runtime.logger.error({ src: 'router:runtime-agents', error }, 'settings are wrong');
    return 1;
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
    source: WORK_SOURCE,
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
    content: { text: run.text, source: WORK_SOURCE, channelType: ChannelType.DM },
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
      { entityId, agentId: target.agentId, roomId, content: { text, source: WORK_SOURCE } },
      'messages',
    );
}

// The agent should know tomorrow what it said today; connectors do this for their own rooms.
async function rememberAnswer(
  target: IAgentRuntime,
  { roomId }: Memory,
  text: string,
): Promise<void> {
  const content = { text, source: WORK_SOURCE };
  const { agentId } = target;
  await target.createMemory({ entityId: agentId, agentId, roomId, content }, 'messages');
}

function isAnswer(content: Content): boolean {
  return Boolean(content.text?.trim()) && !content.actions?.includes('IGNORE');
}
