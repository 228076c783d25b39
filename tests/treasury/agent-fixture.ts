import {
  AgentRuntime,
  ChannelType,
  createUniqueUuid,
  type Content,
  type IDatabaseAdapter,
  type Memory,
  type Plugin,
  stringToUuid,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import {
  inConversation,
  ruleOf,
  startConversation,
  type Conversation,
  type Principal,
} from '@371os/kernel';
import treasuryPlugin, { treasuryOf, type TreasuryService } from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

export const TOKEN = 'a-token-for-tests';

/** A model that picks the action whose rule fits, or the one that it is told to name. */
class ScriptedModel {
  forced: string | undefined;
  text = '';
  readonly plugin: Plugin = {
    name: 'scripted-model',
    description: 'Picks actions by their rules.',
    models: {
      TEXT_SMALL: () => Promise.resolve('RESPOND'),
      TEXT_LARGE: (runtime) => this.#pick(runtime.actions),
    },
  };

  #pick(actions: Plugin['actions'] = []): Promise<string> {
    const fitting = actions.find((action) => ruleOf(action)?.(this.text) !== undefined);
    const name = this.forced ?? fitting?.name ?? 'REPLY';
    return Promise.resolve(
      `<response><thought>so</thought><actions>${name}</actions><providers></providers><text>Hello.</text></response>`,
    );
  }
}

/** A real agent with the treasury, a database of its own and a scripted model. */
export class TestAgent {
  readonly runtime: AgentRuntime;
  readonly #model: ScriptedModel;

  private constructor(runtime: AgentRuntime, model: ScriptedModel) {
    this.runtime = runtime;
    this.#model = model;
  }

  static async start(settings: Record<string, string> = {}, name = 'CFO Maya'): Promise<TestAgent> {
    const agentId = stringToUuid(name);
    const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, agentId);
    await adapter.init();
    await migrateBase(adapter);
    const model = new ScriptedModel();
    const runtime = new AgentRuntime({
      character: {
        name,
        bio: 'Keeps the money.',
        settings: { ELIZA_SERVER_AUTH_TOKEN: TOKEN, ...settings },
      },
      agentId,
      adapter,
      plugins: [bootstrapPlugin, model.plugin, treasuryPlugin],
    });
    await runtime.initialize();
    const agent = new TestAgent(runtime, model);
    await agent.treasury();
    return agent;
  }

  treasury(): Promise<TreasuryService> {
    return treasuryOf(this.runtime);
  }

  /** What the agent answers to a person, as text. */
  async ask(
    principal: Principal,
    text: string,
    more: { force?: string; hops?: number; taskId?: string; conversation?: Conversation } = {},
  ): Promise<string> {
    this.#model.text = text;
    this.#model.forced = more.force;
    const answers: string[] = [];
    const message = this.message(principal.id, text);
    await this.join(message);
    const conversation =
      more.conversation ??
      startConversation({ principal, hops: more.hops ?? 0, taskId: more.taskId });
    await inConversation(conversation, () =>
      this.runtime.messageService!.handleMessage(this.runtime, message, (content: Content) => {
        answers.push(content.text ?? '');
        return Promise.resolve([]);
      }),
    );
    return answers.join('\n');
  }

  message(from: string, text: string): Memory {
    return {
      id: crypto.randomUUID(),
      entityId: createUniqueUuid(this.runtime, from),
      agentId: this.runtime.agentId,
      roomId: this.roomOf(from),
      createdAt: Date.now(),
      content: { text, source: 'test', channelType: ChannelType.DM },
    };
  }

  roomOf(person: string): UUID {
    return createUniqueUuid(this.runtime, `room:${person}`);
  }

  /** Makes sure that the sender and the room of a message are known. */
  async join({ entityId, roomId }: Memory): Promise<void> {
    await this.runtime.ensureConnection({
      entityId,
      roomId,
      worldId: createUniqueUuid(this.runtime, 'world'),
      source: 'test',
      channelId: roomId,
      type: ChannelType.DM,
    });
  }
}

async function migrateBase(adapter: IDatabaseAdapter): Promise<void> {
  const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
  await adapter.runPluginMigrations?.([base] as never, { verbose: false });
}
