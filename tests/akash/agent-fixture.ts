import {
  AgentRuntime,
  ChannelType,
  createUniqueUuid,
  stringToUuid,
  type ActionResult,
  type Content,
  type Memory,
  type Plugin,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import {
  inConversation,
  ruleOf,
  startConversation,
  type Principal,
  type TraceEvent,
} from '@371os/kernel';
import akashPlugin from '@371os/plugin-akash';
import tasksPlugin from '@371os/plugin-tasks';
import treasuryPlugin from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

/** A model that picks the action whose rule fits, and answers objects as it is told. */
class ScriptedModel {
  text = '';
  object: Record<string, unknown> | undefined;
  readonly plugin: Plugin = {
    name: 'scripted-model',
    description: 'Picks actions by their rules.',
    models: {
      TEXT_SMALL: () => Promise.resolve('RESPOND'),
      TEXT_LARGE: (runtime) => {
        const fitting = runtime.actions.find((action) => ruleOf(action)?.(this.text) !== undefined);
        const name = fitting?.name ?? 'REPLY';
        return Promise.resolve(
          `<response><thought>so</thought><actions>${name}</actions><providers></providers><text>Hello.</text></response>`,
        );
      },
      OBJECT_SMALL: () =>
        this.object ? Promise.resolve(this.object) : Promise.reject(new RangeError('no model')),
    },
  };
}

/** A real agent with treasury and Akash plugin, a database of its own and a scripted model. */
export class AkashAgent {
  readonly runtime: AgentRuntime;
  readonly model: ScriptedModel;

  private constructor(runtime: AgentRuntime, model: ScriptedModel) {
    this.runtime = runtime;
    this.model = model;
  }

  static async start(settings: Record<string, string>): Promise<AkashAgent> {
    const agentId = stringToUuid('akash-tests');
    const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, agentId);
    await adapter.init();
    const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
    await adapter.runPluginMigrations?.([base] as never, { verbose: false });
    const model = new ScriptedModel();
    const runtime = new AgentRuntime({
      character: { name: 'CTO Zara', bio: 'Runs things.', settings },
      agentId,
      adapter,
      plugins: [bootstrapPlugin, model.plugin, treasuryPlugin, tasksPlugin, akashPlugin],
    });
    await runtime.initialize();
    await runtime.getServiceLoadPromise('akash');
    return new AkashAgent(runtime, model);
  }

  /** What the agent answers to a person, as text. */
  async ask(
    principal: Principal,
    text: string,
    onProgress?: (event: TraceEvent) => void,
  ): Promise<string> {
    this.model.text = text;
    const message = await this.#message(principal, { text });
    const answers: string[] = [];
    await inConversation(startConversation({ principal, onProgress }), () =>
      this.runtime.messageService!.handleMessage(this.runtime, message, (content: Content) => {
        answers.push(content.text ?? '');
        return Promise.resolve([]);
      }),
    );
    return answers.join('\n');
  }

  /** Runs an action with fields that a program gives. */
  async act(
    principal: Principal,
    name: string,
    parameters: Record<string, unknown>,
  ): Promise<ActionResult> {
    const message = await this.#message(principal, { text: 'do it', parameters });
    const { handler } = this.runtime.actions.find((action) => action.name === name)!;
    return (await inConversation(startConversation({ principal }), () =>
      handler(this.runtime, message),
    )) as ActionResult;
  }

  async #message(principal: Principal, content: Content): Promise<Memory> {
    const entityId = createUniqueUuid(this.runtime, principal.id);
    const roomId = createUniqueUuid(this.runtime, `room:${principal.id}`);
    const worldId = createUniqueUuid(this.runtime, 'world');
    await this.runtime.ensureConnection({
      entityId,
      roomId,
      worldId,
      source: 'test',
      channelId: roomId,
      type: ChannelType.DM,
    });
    return {
      id: crypto.randomUUID(),
      entityId,
      agentId: this.runtime.agentId,
      roomId,
      createdAt: Date.now(),
      content: { source: 'test', channelType: ChannelType.DM, ...content },
    };
  }
}
