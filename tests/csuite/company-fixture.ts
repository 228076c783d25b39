import { randomUUID } from 'node:crypto';
import {
  ChannelType,
  ElizaOS,
  setAllowedEnvVars,
  stringToUuid,
  type ActionResult,
  type IAgentRuntime,
  type Memory,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { inConversation, OWNER, startConversation, type Conversation } from '@371os/kernel';
import csuitePlugin from '@371os/plugin-csuite';
import gatewayPlugin from '@371os/plugin-gateway';
import tasksPlugin from '@371os/plugin-tasks';
import treasuryPlugin from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

const PLUGINS = [
  sqlPlugin,
  bootstrapPlugin,
  treasuryPlugin,
  gatewayPlugin,
  tasksPlugin,
  csuitePlugin,
];

/** Officers of one company in one process, without a language model. */
export class Company {
  readonly #elizaOS = new ElizaOS();
  #close: () => Promise<void> = () => Promise.resolve();

  /** @param offices role by agent name, with further settings if need be */
  static async start(
    offices: Readonly<Record<string, { role: string; settings?: Record<string, string> }>>,
  ): Promise<Company> {
    const company = new Company();
    setAllowedEnvVars(new Set());
    const adapter = createDatabaseAdapter(
      { dataDir: fileDatabase() },
      stringToUuid('csuite-tests'),
    );
    await adapter.init();
    const base = [{ name: sqlPlugin.name, schema: sqlPlugin.schema }];
    await adapter.runPluginMigrations?.(base as never, { verbose: false });
    company.#close = () => adapter.close();
    for (const [name, { role, settings }] of Object.entries(offices)) {
      const routing = { role, examples: [`Work for the ${role}`] };
      const character = {
        name,
        bio: [`${name} holds an office.`],
        settings: { LOCAL_MODEL_DISCOVERY: 'false', routing, ...settings },
      };
      const [id] = await company.#elizaOS.addAgents([{ character, plugins: PLUGINS }], {
        isTestMode: true,
      });
      await company.#elizaOS.startAgents([id as UUID]);
    }
    return company;
  }

  agent(name: string): IAgentRuntime {
    const found = this.#elizaOS.getAgentByName(name);
    if (!found) throw new RangeError(`there is no agent ${name}`);
    return found;
  }

  /** What an agent answers to a message, as text. */
  async ask(name: string, text: string, more: Partial<Conversation> = {}): Promise<string> {
    const agent = this.agent(name);
    const message = await this.message(agent, text);
    const answers: string[] = [];
    await inConversation(startConversation({ principal: OWNER, ...more }), async () =>
      agent.messageService?.handleMessage(agent, message, (content) => {
        if (content.text) answers.push(content.text);
        return Promise.resolve([]);
      }),
    );
    return answers.join('\n');
  }

  /** Runs an action as ElizaOS does when a model names it, offered or not. */
  async act(
    name: string,
    action: string,
    call: {
      parameters?: Record<string, unknown>;
      conversation?: Partial<Conversation>;
      message?: Memory;
    } = {},
  ): Promise<ActionResult> {
    const agent = this.agent(name);
    const message = call.message ?? (await this.message(agent, 'do it'));
    if (call.parameters) message.content['parameters'] = call.parameters;
    const handler = agent.actions.find((candidate) => candidate.name === action)!.handler;
    const conversation = startConversation({ principal: OWNER, ...call.conversation });
    const result = await inConversation(conversation, () => handler(agent, message));
    return result as ActionResult;
  }

  async message(agent: IAgentRuntime, text: string): Promise<Memory> {
    const [entityId, roomId, worldId] = [randomUUID(), randomUUID(), randomUUID()] as const;
    const source = 'test';
    const type = ChannelType.DM;
    await agent.ensureConnection({ entityId, roomId, worldId, source, type, channelId: roomId });
    return {
      id: randomUUID(),
      entityId,
      roomId,
      worldId,
      agentId: agent.agentId,
      content: { text, source, channelType: type },
      createdAt: Date.now(),
    };
  }

  async stop(): Promise<void> {
    for (const agent of this.#elizaOS.getAgents()) await agent.stop();
    await this.#close();
  }
}
