// A process of its own that deploys: `akash-worker.ts JSON`, where JSON has the place of the
// database and the agent's settings. It takes orders on stdin, a line each: `deploy`, `end ID`,
// `close ID`; and says on stdout, a line each, what became of them.
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { AgentRuntime, stringToUuid } from '@elizaos/core';
import sqlPlugin, { createDatabaseAdapter } from '@elizaos/plugin-sql';
import { OWNER } from '@371os/kernel';
import akashPlugin, { akashOf } from '@371os/plugin-akash';
import tasksPlugin, { tasksOf } from '@371os/plugin-tasks';
import treasuryPlugin, { treasuryOf } from '@371os/plugin-treasury';

const FIELDS = {
  ...{ dockerImage: 'nginx:alpine', cpu: '0.5', memory: '512Mi', ports: '80/http' },
  ...{ maxCost: '5', regions: 'eu-central' },
};
const ENDED = ['ACTIVE', 'CLOSED', 'FAILED'];

const { dataDir, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  dataDir: string;
  settings: Record<string, string>;
};

const agentId = stringToUuid('akash-worker');
const adapter = createDatabaseAdapter({ dataDir }, agentId);
await adapter.init();
const base = { name: sqlPlugin.name, schema: sqlPlugin.schema };
await adapter.runPluginMigrations?.([base] as never, { verbose: false });
const runtime = new AgentRuntime({
  character: { name: 'CTO Zara', bio: 'Runs things.', settings },
  agentId,
  adapter,
  plugins: [treasuryPlugin, tasksPlugin, akashPlugin],
});
await runtime.initialize();
const akash = await akashOf(runtime);
const { approvals } = await treasuryOf(runtime);
const tasks = await tasksOf(runtime);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function deploy(): Promise<void> {
  const planned = await akash.planner.plan({ fields: FIELDS });
  const { id } = await akash.requestApproval(planned, { requester: OWNER });
  say(`approved ${id}`);
  await approvals.grant(id, { principal: OWNER });
}

/** Says in which state a deployment has come to rest, once nobody works on it. */
async function end(id: string): Promise<void> {
  const deployments = await akash.deployments();
  const look = async (): Promise<boolean> => {
    const { state, failure = '' } = await deployments.get(id);
    const open = await tasks.list({ states: ['SUBMITTED', 'WORKING'] });
    if (!ENDED.includes(state) || open.length > 0) return false;
    const strangers = (await deployments.strangers()).map((stranger) => stranger.dseq);
    say(`ended ${JSON.stringify({ id, state, failure, strangers })}`);
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

async function close(id: string): Promise<void> {
  await (await akash.deployments()).close(id);
  await end(id);
}

const ORDERS: Record<string, (id: string) => Promise<void>> = { deploy, end, close };

flushCompileCache();
say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [order = '', id = ''] = line.split(' ');
  void ORDERS[order]?.(id).catch((error: unknown) => {
    say(`error ${String(error)}`);
  });
}
process.exit(0);
