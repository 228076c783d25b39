import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  AgentRuntime,
  ChannelType,
  createUniqueUuid,
  stringToUuid,
  type Content,
  type IDatabaseAdapter,
  type Memory,
  type Route,
  type RouteRequest,
  type RouteResponse,
  type UUID,
} from '@elizaos/core';
import bootstrapPlugin from '@elizaos/plugin-bootstrap';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { inConversation, startConversation, type Principal, type TraceEvent } from '@371os/kernel';
import gatewayPlugin from '@371os/plugin-gateway';
import resiliencePlugin, { resilienceOf } from '@371os/plugin-resilience';
import tasksPlugin from '@371os/plugin-tasks';
import treasuryPlugin from '@371os/plugin-treasury';
import { fileDatabase } from '../support/fresh-database.ts';

export const TOKEN = 'a-token-for-tests';

export interface Said {
  readonly text: string;
  readonly trace: readonly TraceEvent[];
}

/** A database that agents are started and stopped on. */
export async function openAdapter(): Promise<IDatabaseAdapter> {
  const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, stringToUuid('CRO Rex'));
  await adapter.init();
  const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
  await adapter.runPluginMigrations?.([base] as never, { verbose: false });
  return adapter;
}

/** The resilience officer with gateway and treasury, as a real agent. */
export class Officer {
  readonly runtime: AgentRuntime;

  private constructor(runtime: AgentRuntime) {
    this.runtime = runtime;
  }

  static async start(
    adapter: IDatabaseAdapter,
    settings: Record<string, string> = {},
  ): Promise<Officer> {
    const runtime = new AgentRuntime({
      character: {
        name: 'CRO Rex',
        bio: 'Keeps the company running.',
        settings: {
          ...{ ELIZA_SERVER_AUTH_TOKEN: TOKEN, LOCAL_MODEL_DISCOVERY: 'false' },
          ...settings,
        },
      },
      agentId: stringToUuid('CRO Rex'),
      adapter,
      plugins: [bootstrapPlugin, treasuryPlugin, tasksPlugin, gatewayPlugin, resiliencePlugin],
    });
    await runtime.initialize();
    const officer = new Officer(runtime);
    await officer.backup();
    return officer;
  }

  async backup(): Promise<Awaited<ReturnType<typeof resilienceOf>>['backup']> {
    return (await resilienceOf(this.runtime)).backup;
  }

  async ask(principal: Principal, said: string): Promise<Said> {
    const answers: string[] = [];
    const message = this.#message(principal.id, said);
    await this.#join(message);
    const conversation = startConversation({ principal });
    await inConversation(conversation, () =>
      this.runtime.messageService!.handleMessage(this.runtime, message, (content: Content) => {
        answers.push(content.text ?? '');
        return Promise.resolve([]);
      }),
    );
    return { text: answers.join('\n'), trace: conversation.trace };
  }

  /** What the agent has said in the room of a person. */
  async heardBy(person: string): Promise<string[]> {
    const memories = await this.runtime.getMemories({
      ...{ tableName: 'messages', roomId: this.#roomOf(person), count: 100 },
    });
    return memories
      .filter(({ entityId }) => entityId === this.runtime.agentId)
      .map(({ content }) => content.text ?? '');
  }

  /** Calls a route of the plugin as the server does. */
  async call(
    type: 'GET' | 'POST',
    path: string,
    body: unknown = {},
    as = 'owner',
  ): Promise<{ status: number; body: unknown }> {
    const route = resiliencePlugin.routes!.find(
      (candidate) => candidate.type === type && candidate.path === path,
    ) as Route;
    const answer = { status: 200, body: undefined as unknown };
    const response = {
      status: (code: number) => ((answer.status = code), response),
      json: (sent: unknown) => ((answer.body = sent), response),
    };
    const headers = { authorization: `Bearer ${TOKEN}`, 'x-act-as': as };
    const request = { headers, body, query: {} } as unknown as RouteRequest;
    await route.handler!(request, response as unknown as RouteResponse, this.runtime);
    return answer;
  }

  stop(): Promise<void> {
    return this.runtime.stop();
  }

  #roomOf(person: string): UUID {
    return createUniqueUuid(this.runtime, `room:${person}`);
  }

  #message(from: string, said: string): Memory {
    return {
      id: crypto.randomUUID(),
      entityId: createUniqueUuid(this.runtime, from),
      agentId: this.runtime.agentId,
      roomId: this.#roomOf(from),
      createdAt: Date.now(),
      content: { text: said, source: 'test', channelType: ChannelType.DM },
    };
  }

  async #join({ entityId, roomId }: Memory): Promise<void> {
    const worldId = createUniqueUuid(this.runtime, 'world');
    await this.runtime.ensureConnection({
      ...{ entityId, roomId, worldId, source: 'test' },
      ...{ channelId: roomId, type: ChannelType.DM },
    });
  }
}

/** How a supplier in the internet behaves. */
export type Manner = 'answers' | 'drops' | 'swallows' | 'errs';

/** An HTTP server that stands for suppliers in the internet, and can be cut off from it. */
export class Supplier {
  readonly #server: Server;
  manner: Manner = 'answers';
  asked = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param answer the JSON that it answers everything with */
  static start(answer: unknown): Promise<Supplier> {
    return Supplier.startRaw(200, JSON.stringify(answer));
  }

  static async startRaw(status: number, body: string): Promise<Supplier> {
    const server = createServer();
    const supplier = new Supplier(server);
    server.on('request', (request, response) => {
      supplier.asked += 1;
      void text(request).then(() => {
        if (supplier.manner === 'drops') response.destroy();
        else if (supplier.manner === 'errs') response.writeHead(503).end();
        else if (supplier.manner === 'answers') response.writeHead(status).end(body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return supplier;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
