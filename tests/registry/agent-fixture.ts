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
import { inConversation, OWNER, ruleOf, startConversation, type Principal } from '@371os/kernel';
import registryPlugin, { registryOf, type RegistryService } from '@371os/plugin-registry';
import tasksPlugin from '@371os/plugin-tasks';
import treasuryPlugin, { treasuryOf } from '@371os/plugin-treasury';
import { startTestEvm, type TestEvm } from '../support/evm-devnet.ts';
import { startTestIpfs, type TestIpfs } from '../support/ipfs-devnet.ts';
import { fileDatabase } from '../support/fresh-database.ts';

/** A chain and an IPFS node, and what an agent must be told to use them. */
export interface TestNetworks {
  readonly evm: TestEvm;
  readonly ipfs: TestIpfs;
  readonly settings: Record<string, string>;
  stop(): Promise<void>;
}

export async function startTestNetworks(): Promise<TestNetworks> {
  const [evm, ipfs] = await Promise.all([startTestEvm(), startTestIpfs()]);
  const { chainId, rpcUrl, identityRegistry } = evm.addresses;
  return {
    ...{ evm, ipfs },
    settings: {
      REGISTRY_RPC_URL: rpcUrl,
      REGISTRY_CHAIN_ID: String(chainId),
      REGISTRY_CONTRACT_ADDRESS: identityRegistry,
      IPFS_API_URL: ipfs.apiUrl,
      AGENT_PRIVATE_KEY: evm.account.privateKey,
      REGISTRY_POLL_MS: '20',
      REGISTRY_CONFIRMATIONS: '1',
    },
    stop: async () => {
      await Promise.all([evm.stop(), ipfs.stop()]);
    },
  };
}

/** Picks the action whose rule fits. */
const scriptedModel: Plugin = {
  name: 'scripted-model',
  description: 'Picks actions by their rules.',
  models: {
    TEXT_SMALL: () => Promise.resolve('RESPOND'),
    TEXT_LARGE: (runtime) => {
      const text = said.get(runtime.agentId) ?? '';
      const { name } = runtime.character;
      const fitting = runtime.actions.find((action) => ruleOf(action)?.(text, name) !== undefined);
      return Promise.resolve(
        `<response><thought>so</thought><actions>${fitting?.name ?? 'REPLY'}</actions><providers></providers><text>Hello.</text></response>`,
      );
    },
  },
};
const said = new Map<string, string>();

/** A real agent with treasury, tasks and registry on the database of this process. */
export class RegistryAgent {
  readonly runtime: AgentRuntime;
  readonly registry: RegistryService;

  private constructor(runtime: AgentRuntime, registry: RegistryService) {
    this.runtime = runtime;
    this.registry = registry;
  }

  static async start(
    name: string,
    settings: Record<string, unknown>,
    more: readonly Plugin[] = [],
  ): Promise<RegistryAgent> {
    const agentId = stringToUuid(name);
    const adapter = createDatabaseAdapter({ dataDir: fileDatabase() }, agentId);
    await adapter.init();
    const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
    await adapter.runPluginMigrations?.([base] as never, { verbose: false });
    const runtime = new AgentRuntime({
      character: { name, bio: 'Does research.', settings: settings as Record<string, string> },
      agentId,
      adapter,
      plugins: [
        bootstrapPlugin,
        scriptedModel,
        treasuryPlugin,
        tasksPlugin,
        registryPlugin,
        ...more,
      ],
    });
    await runtime.initialize();
    return new RegistryAgent(runtime, await registryOf(runtime));
  }

  /** What the agent answers to a person, as text. */
  async ask(principal: Principal, text: string): Promise<string> {
    said.set(this.runtime.agentId, text);
    const message = await this.#message(principal, { text });
    const answers: string[] = [];
    await inConversation(startConversation({ principal }), () =>
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
    conversation = startConversation({ principal }),
  ): Promise<ActionResult> {
    const message = await this.#message(principal, { text: 'do it', parameters });
    const { handler } = this.runtime.actions.find((action) => action.name === name)!;
    return (await inConversation(conversation, () =>
      handler(this.runtime, message),
    )) as ActionResult;
  }

  /** Asks by an action, and has the owner approve it. Returns what was done, in words. */
  async approve(name: string, parameters: Record<string, unknown>): Promise<string> {
    const asked = await this.act(OWNER, name, parameters);
    const { approvals } = await treasuryOf(this.runtime);
    const id = String(asked.values?.['approvalId']);
    return await approvals.grant(id, { principal: OWNER });
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
