// A process of its own that registers agents: `registry-worker.ts JSON`, where JSON has the place of
// the database and the agent's settings. It takes orders on stdin, a line each: `register DID`,
// `grant ID`, `end ID`; and says on stdout, a line each, what became of them.
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { AgentRuntime, stringToUuid } from '@elizaos/core';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { BaseError, OWNER } from '@371os/kernel';
import registryPlugin, { registryOf, type AgentProfile } from '@371os/plugin-registry';
import tasksPlugin, { tasksOf } from '@371os/plugin-tasks';
import treasuryPlugin, { treasuryOf } from '@371os/plugin-treasury';

const PROFILE: AgentProfile = {
  ...{ name: 'CFO Maya', description: 'Prices things.', agentType: 'CFO', status: 'active' },
  ...{ services: [], x402Support: false, supportedTrust: [], credentials: [] },
  ...{ initialReputation: { overall: 0.5 } },
  capabilities: [{ toolId: 'pricing', name: 'pricing', description: '' }],
};

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  settings: Record<string, string>;
};

const agentId = stringToUuid('registry-worker');
const adapter = createDatabaseAdapter({ dataDir }, agentId);
await adapter.init();
const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
await adapter.runPluginMigrations?.([base] as never, { verbose: false });
const runtime = new AgentRuntime({
  character: { name: 'CFO Maya', bio: 'Prices things.', settings },
  agentId,
  adapter,
  plugins: [treasuryPlugin, tasksPlugin, registryPlugin],
});
await runtime.initialize();
const registry = await registryOf(runtime);
const { publications } = await registry.account();
const { approvals } = await treasuryOf(runtime);
const tasks = await tasksOf(runtime);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function register(did: string): Promise<void> {
  const agent = { did, name: 'CFO Maya', profile: PROFILE };
  const plan = await publications.plan(agent, 'register');
  const { id } = await registry.requestApproval(plan, { requester: OWNER });
  say(`asked ${id}`);
}

async function grant(id: string): Promise<void> {
  await approvals.grant(id, { principal: OWNER });
}

/** Says how a publication has ended, once it has. */
async function end(id: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    const found = await publications.get(id).catch(notBegun);
    if (!found || found.state === 'PUBLISHING') return false;
    const { state, published, failure = '' } = found;
    say(`ended ${JSON.stringify({ state, failure, agentId: String(published?.agentId) })}`);
    return true;
  };
  await new Promise<void>((resolve, reject) => {
    const check = (): void => void look().then((isOver) => isOver && stop(), reject);
    const unsubscribe = tasks.onChange(check);
    const stop = (): void => {
      unsubscribe();
      resolve();
    };
    check();
  });
}

// What was approved a moment ago is begun a moment later.
function notBegun(error: unknown): undefined {
  if (BaseError.isInstance(error) && error.code === 'UNKNOWN_PUBLICATION') return undefined;
  throw error;
}

const ORDERS: Record<string, (id: string) => Promise<void>> = { register, grant, end };

flushCompileCache();
say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', id = ''] = line.split(' ');
  void ORDERS[order]?.(id).catch((error: unknown) => {
    say(`error ${String(error)}`);
  });
}
process.exit(0);
