import { randomUUID } from 'node:crypto';
import {
  ChannelType,
  createUniqueUuid,
  ElizaOS,
  setAllowedEnvVars,
  stringToUuid,
  type Handler,
  type IAgentRuntime,
  type Plugin,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import {
  OWNER,
  inConversation,
  startConversation,
  type Principal,
  type RuledAction,
} from '@371os/kernel';
import gatewayPlugin from '@371os/plugin-gateway';
import routerPlugin, {
  routerOf,
  type Reply,
  type RouterService,
  type RoutedTask,
} from '@371os/plugin-router';
import tasksPlugin, { tasksOf, type TasksService } from '@371os/plugin-tasks';
import treasuryPlugin, { treasuryOf, type TreasuryService } from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

const FRONT_DESK = 'Front Desk';
const BASE = [sqlPlugin, bootstrapPlugin, treasuryPlugin, gatewayPlugin, tasksPlugin];

export interface OfficerInit {
  /** Requests that it takes; they are for it and nobody else. */
  readonly examples: readonly string[];
  /** Its name by default, which is a department that the classifier has never heard of. */
  readonly role?: string;
  /** What it does, without a model, with whatever it is asked. */
  readonly works?: Handler;
  readonly settings?: Record<string, string>;
}

/** A front desk and its colleagues in one process, on the database of this test file. */
export class RoutedCompany {
  readonly #elizaOS = new ElizaOS();
  readonly #close: () => Promise<void>;
  readonly #settings: Record<string, string>;
  router!: RouterService;
  tasks!: TasksService;
  treasury!: TreasuryService;

  private constructor(close: () => Promise<void>, settings: Record<string, string>) {
    this.#close = close;
    this.#settings = settings;
  }

  /** @param plugins what the front desk has beside its own */
  static async start(
    settings: Record<string, string> = {},
    plugins: readonly Plugin[] = [],
    dataDir = fileDatabase(),
  ): Promise<RoutedCompany> {
    setAllowedEnvVars(new Set());
    const adapter = createDatabaseAdapter({ dataDir }, stringToUuid('router-tests'));
    await adapter.init();
    const base = [{ name: sqlPlugin.name, schema: sqlPlugin.schema }];
    await adapter.runPluginMigrations?.(base as never, { verbose: false });
    const company = new RoutedCompany(() => adapter.close(), settings);
    const frontDesk = await company.#start(FRONT_DESK, [routerPlugin, ...plugins], {
      ROUTER_FRONT_DESK: 'true',
      ONLY_RULES: 'true',
    });
    company.router = await routerOf(frontDesk);
    company.tasks = await tasksOf(frontDesk);
    company.treasury = await treasuryOf(frontDesk);
    return company;
  }

  /** Has somebody new begin, while the company works. */
  async hire(name: string, officer: OfficerInit): Promise<IAgentRuntime> {
    const { examples, role = name, works, settings } = officer;
    const plugins = works ? [workPlugin(works)] : [];
    return this.#start(name, plugins, { ...settings, routing: { role, examples } });
  }

  /** Has somebody begin who has an id and settings already, as one that was created. */
  async hireAs(
    id: UUID,
    name: string,
    settings: Record<string, unknown>,
    works: Handler,
    plugins: readonly Plugin[],
  ): Promise<IAgentRuntime> {
    return this.#start(name, [workPlugin(works), ...plugins], settings, id);
  }

  /** Names of the agents that run. */
  names(): string[] {
    return this.#elizaOS.getAgents().map(({ character }) => character.name);
  }

  agent(name: string): IAgentRuntime {
    const found = this.#elizaOS.getAgentByName(name);
    if (!found) throw new RangeError(`there is no agent ${name}`);
    return found;
  }

  async ask(text: string, { principal = OWNER, room = 'main' } = {}): Promise<Reply> {
    return this.router.ask({ text, principal, room });
  }

  /** The one task that a request became, ended or waiting. */
  async askOne(text: string, room = 'main'): Promise<RoutedTask> {
    const { tasks, text: said } = await this.ask(text, { room });
    const [task, ...others] = tasks;
    if (!task || others.length > 0) throw new RangeError(`not one task: ${said}`);
    return task;
  }

  /** A message to the front desk in a room that several people are in, and its answers. */
  async say(text: string, principal: Principal, roomId: UUID): Promise<string[]> {
    const frontDesk = this.agent(FRONT_DESK);
    const entityId = createUniqueUuid(frontDesk, principal.id);
    const worldId = createUniqueUuid(frontDesk, 'world');
    const source = 'test';
    const type = ChannelType.DM;
    const place = { entityId, roomId, worldId, source, type, channelId: roomId };
    await frontDesk.ensureConnection(place);
    const message = {
      id: randomUUID(),
      entityId,
      roomId,
      worldId,
      agentId: frontDesk.agentId,
      content: { text, source, channelType: type },
      createdAt: Date.now(),
    };
    const answers: string[] = [];
    await inConversation(startConversation({ principal }), async () =>
      frontDesk.messageService?.handleMessage(frontDesk, message, (content) => {
        if (content.text) answers.push(content.text);
        return Promise.resolve([]);
      }),
    );
    return answers;
  }

  /** What a slash command answers. */
  async command(text: string): Promise<string> {
    return (await this.ask(text)).text;
  }

  /** What was said to the owner in a room, oldest first. */
  async heard(room = 'main'): Promise<string> {
    const lines = await this.router.history(OWNER, room, 200);
    return lines
      .filter(({ from }) => from !== 'you')
      .map(({ text }) => text)
      .join('\n---\n');
  }

  /** Stops one agent as ElizaOS does. */
  async dismiss(name: string): Promise<void> {
    await this.#elizaOS.stopAgents([this.agent(name).agentId]);
  }

  async stop(): Promise<void> {
    for (const agent of this.#elizaOS.getAgents()) await agent.stop();
    await this.#close();
  }

  async #start(
    name: string,
    plugins: readonly Plugin[],
    settings: Record<string, unknown>,
    agentId?: UUID,
  ): Promise<IAgentRuntime> {
    const character = {
      ...(agentId === undefined ? {} : { id: agentId }),
      name,
      bio: [`${name} works here.`],
      settings: { LOCAL_MODEL_DISCOVERY: 'false', ...this.#settings, ...settings },
    };
    const [id] = await this.#elizaOS.addAgents(
      [{ character: character, plugins: [...BASE, ...plugins] }],
      { isTestMode: true },
    );
    await this.#elizaOS.startAgents([id as UUID]);
    return this.agent(name);
  }
}

/** Says what `answer` returns. */
export function answering(answer: (text: string) => Promise<string> | string): Handler {
  return async (_runtime, message, _state, _options, callback) => {
    const text = await answer(message.content.text ?? '');
    await callback?.({ text, actions: ['DO_WORK'] });
    return { success: true, text };
  };
}

// A rule for whatever the agent is given, which the router does not see: it would be sure of it.
function workPlugin(handler: Handler): Plugin {
  const work: RuledAction = {
    name: 'DO_WORK',
    description: 'Does the work of this agent.',
    examples: [],
    rule: () => ({}),
    validate: (_runtime, message) => Promise.resolve(message.entityId !== message.agentId),
    handler,
  };
  return { name: 'work', description: 'The work of this agent.', actions: [work] };
}

/** Resolves when it is opened; what runs can wait for it. */
export function gate(): { opened: Promise<unknown>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise, open: () => resolve(undefined) };
}
