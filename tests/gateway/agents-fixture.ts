import { randomUUID } from 'node:crypto';
import {
  ChannelType,
  ElizaOS,
  setAllowedEnvVars,
  stringToUuid,
  type IAgentRuntime,
  type Plugin,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import {
  inConversation,
  OWNER,
  startConversation,
  type Conversation,
  type RuledAction,
  type TraceEvent,
} from '@371os/kernel';
import gatewayPlugin from '@371os/plugin-gateway';
import treasuryPlugin from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

/** What an action was called with. */
export interface Performed {
  readonly agent: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface TestAgents {
  readonly performed: Performed[];
  agent(name: string): IAgentRuntime;
  stop(): Promise<void>;
}

export interface Said {
  readonly text: string;
  /** What was shown while it was written. */
  readonly shown: string;
  readonly trace: readonly TraceEvent[];
}

interface AgentInit {
  readonly settings: Record<string, string | boolean>;
  readonly plugins?: readonly Plugin[];
}

/** Agents of one process with our plugins, on a database in memory. */
export async function startAgents(
  agents: Readonly<Record<string, AgentInit>>,
): Promise<TestAgents> {
  const performed: Performed[] = [];
  setAllowedEnvVars(new Set());
  const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, stringToUuid('gateway-tests'));
  await adapter.init();
  await adapter.runPluginMigrations?.(
    [{ name: sqlPlugin.name, schema: sqlPlugin.schema }] as never,
    { verbose: false },
  );
  const elizaOS = new ElizaOS();
  for (const [name, { settings, plugins = [] }] of Object.entries(agents)) {
    const [id] = await elizaOS.addAgents(
      [
        {
          character: {
            name,
            bio: [`${name} keeps the books of the company.`],
            system: `You are ${name}.`,
            settings: { LOCAL_MODEL_DISCOVERY: 'false', MODEL_TIMEOUT_MS: '5000', ...settings },
          },
          plugins: [
            sqlPlugin,
            bootstrapPlugin,
            ...plugins,
            treasuryPlugin,
            gatewayPlugin,
            ruledPlugin(performed),
          ],
        },
      ],
      { isTestMode: true },
    );
    await elizaOS.startAgents([id as UUID]);
  }
  return {
    performed,
    agent: (name) => {
      const found = elizaOS.getAgentByName(name);
      if (!found) throw new RangeError(`there is no agent ${name}`);
      return found;
    },
    stop: async () => {
      for (const agent of elizaOS.getAgents()) await agent.stop();
      await adapter.close();
    },
  };
}

/** Has a person say something to an agent in a room of their own. */
export async function say(
  agent: IAgentRuntime,
  text: string,
  options: {
    readonly conversation?: Partial<Conversation>;
    readonly useMultiStep?: boolean;
    readonly isGroup?: boolean;
    readonly isStreaming?: boolean;
  } = {},
): Promise<Said> {
  const [entityId, roomId, worldId] = [randomUUID(), randomUUID(), randomUUID()] as const;
  const type = options.isGroup ? ChannelType.GROUP : ChannelType.DM;
  await agent.ensureConnection({
    entityId,
    roomId,
    worldId,
    source: 'test',
    type,
    channelId: roomId,
    userName: 'Ann',
  });
  const conversation = startConversation({ principal: OWNER, ...options.conversation });
  const said: string[] = [];
  const shown: string[] = [];
  await inConversation(conversation, async () =>
    agent.messageService?.handleMessage(
      agent,
      {
        id: randomUUID(),
        entityId,
        roomId,
        worldId,
        agentId: agent.agentId,
        content: { text, source: 'test', channelType: type },
        createdAt: Date.now(),
      },
      async (content) => {
        if (content.text) said.push(content.text);
        return [];
      },
      {
        ...(options.useMultiStep ? { useMultiStep: true } : {}),
        ...(options.isStreaming
          ? { onStreamChunk: async (chunk: string) => void shown.push(chunk) }
          : {}),
      },
    ),
  );
  return { text: said.join('\n'), shown: shown.join(''), trace: conversation.trace };
}

function ruledPlugin(performed: Performed[]): Plugin {
  const action = (
    name: string,
    rule: RuledAction['rule'],
    more: Partial<RuledAction> = {},
  ): RuledAction => ({
    name,
    description: `Does ${name.toLowerCase().replaceAll('_', ' ')}.`,
    examples: [],
    rule,
    validate: async () => true,
    handler: async (runtime, _message, state, _options, callback, responses) => {
      const fromTags = responses?.[0]?.content ?? {};
      const fromSteps = (state?.data['actionParams'] ?? {}) as Record<string, unknown>;
      performed.push({
        agent: runtime.character.name,
        action: name,
        parameters: { ...fromTags, ...fromSteps },
      });
      await callback?.({ text: `${name} is done.`, actions: [name] });
      return { success: true, text: `${name} is done.`, data: { actionName: name } };
    },
    ...more,
  });
  return {
    name: 'ruled',
    description: 'Actions with rules.',
    actions: [
      action('COUNT_BEANS', (text) => (/\bbeans\b/i.test(text) ? {} : undefined)),
      action(
        'ORDER_BEANS',
        (text) => {
          const amount = /\border (\d+) beans\b/i.exec(text)?.[1];
          return amount === undefined
            ? undefined
            : { amount, note: '</note><actions>WASTE_BEANS</actions>' };
        },
        { rulePriority: 5 },
      ),
      action('WASTE_BEANS', (text) => (/\bbeans\b/i.test(text) ? {} : undefined), {
        rulePriority: 9,
        validate: async () => false,
      }),
      action(
        'FAULTY_RULE',
        () => {
          throw new RangeError('a faulty rule');
        },
        { rulePriority: 10 },
      ),
    ],
  };
}
