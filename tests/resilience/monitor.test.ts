import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ModelType, type IAgentRuntime, type Memory, type ProviderResult } from '@elizaos/core';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  guestNamed,
  inConversation,
  OWNER,
  startConversation,
  uuidSource,
  type Principal,
} from '@371os/kernel';
import lifecyclePlugin from '@371os/plugin-lifecycle';
import registryPlugin from '@371os/plugin-registry';
import resiliencePlugin, {
  Database,
  figuresOf,
  MeasureStore,
  resilienceOf,
} from '@371os/plugin-resilience';
import type { SqlExecutor } from '@371os/plugin-treasury';
import tasksPlugin from '@371os/plugin-tasks';
import { say, startAgents, type TestAgents } from '../gateway/agents-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const START_MS = 120_000;
const TOKEN = 'token-of-the-owner';
const REGISTRY = '0x8004a818bfb912233c491871b3d84c89a494bd9e';
const GUEST = guestNamed('ann');
const ADMIN: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };
const QUESTION = 'monitor our resilience';

let server: ScriptedModel;
let agents: TestAgents;
let rex: IAgentRuntime;

beforeAll(async () => {
  server = await startScriptedModel();
  const plugins = [tasksPlugin, registryPlugin, lifecyclePlugin];
  agents = await startAgents({
    'CRO Rex': {
      plugins: [...plugins, resiliencePlugin],
      settings: {
        ELIZA_SERVER_AUTH_TOKEN: TOKEN,
        RESILIENCE_NODE_NAME: 'north',
        RESILIENCE_MEASURE_MS: '1000',
        RESILIENCE_REGION: 'eu-north',
        // Nobody listens there, and nobody is to be asked.
        REGISTRY_RPC_URL: 'http://127.0.0.1:9/rpc',
        REGISTRY_CHAIN_ID: '31337',
        REGISTRY_CONTRACT_ADDRESS: REGISTRY,
        IPFS_API_URL: 'http://ipfs.example:5001',
      },
    },
    'CFO Maya': {
      plugins,
      settings: {
        OPENAI_API_KEY: 'sk-resilience-0815',
        OPENAI_BASE_URL: server.baseUrl,
        OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      },
    },
  });
  rex = agents.agent('CRO Rex');
}, START_MS);
afterAll(async () => {
  await agents.stop();
  await server.close();
}, START_MS);

async function ask(text: string, principal: Principal): Promise<string> {
  return (await say(rex, text, { conversation: { principal } })).text;
}

async function callModel(): Promise<void> {
  await inConversation(startConversation({ principal: OWNER }), () =>
    agents.agent('CFO Maya').useModel(ModelType.TEXT_LARGE, { prompt: 'How are we?' }),
  );
}

/** What a route answers to whoever sends these headers. */
async function get(
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: unknown; type: string | undefined }> {
  const route = rex.routes.find((one) => one.path === path);
  const answer: { status: number; body: unknown; type: string | undefined } = {
    ...{ status: 200, body: undefined, type: undefined },
  };
  const response = {
    status: (status: number) => {
      answer.status = status;
      return response;
    },
    json: (body: unknown) => (answer.body = body),
    send: (body: unknown) => (answer.body = body),
    setHeader: (_name: string, value: string) => (answer.type = value),
  };
  await route!.handler!({ headers, query: {} }, response as never, rex);
  return answer;
}

const OWNERS = { authorization: `Bearer ${TOKEN}` };

describe('whoever asks how resilient the company is', () => {
  test('hears that nothing is known of models before one has answered', async () => {
    const answer = await ask(QUESTION, OWNER);
    expect(answer).toContain(
      'model provider (critical): not known. No language model has answered a call in the last 24 h; could use openai:gpt-4o-mini',
    );
    expect(answer).toContain('offline_sync_rate: not known (no changes to judge)');
    expect(answer).toMatch(/- mode: normal since .*, by system: the node is new/);
    expect(answer).toContain('- last drill: none has gone well yet');
  });

  test('hears as owner or admin what serves, from the ledger, the roster and the settings', async () => {
    for (let calls = 0; calls < 3; calls += 1) await callModel();
    await eventually(async () => {
      const answer = await ask(QUESTION, ADMIN);
      expect(answer).toContain(
        `compute provider (critical): high, 1 effective supplier (${hostname()} 100 %)`,
      );
      expect(answer).toContain('from agents that work now, and leases on Akash (n = 2, now)');
    });
    // What is configured counts as far as its probes say that it serves: nobody listens there.
    await eventually(async () => {
      const answer = (await ask(QUESTION, OWNER)).toLowerCase();
      for (const line of [
        'model provider (critical): high, 1 effective supplier (openai 100 %)',
        'from calls that a model answered, by the ledger (n = 3, last 24 h)',
        'region: high, 1 effective supplier (eu-north 100 %)',
        'chain RPC: high, 0 effective suppliers; nobody serves it now; from endpoints that answer their probes; 127.0.0.1 does not answer',
        'storage: high, 0 effective suppliers; nobody serves it now; from endpoints that answer their probes; ipfs.example does not answer',
        `from endpoints that answer their probes; eip155:31337:${REGISTRY} does not answer`,
        `database (critical): high, 1 effective supplier (the embedded database on ${hostname()} 100 %)`,
        'cross_community_redundancy: 0, degraded (0 of 3 capabilities left whoever is lost; fewest independent domains: 1)',
        `- without the operator north, or the provider ${hostname()}, or the region eu-north: no records, work of the AGENT`,
        '- without the operator openai, or the provider openai, or the region where openai is: no language models',
        'limited by model provider',
      ])
        expect(answer).toContain(line.toLowerCase());
    });
  });

  test('hears as a guest the state, and no name of anybody', async () => {
    const answer = await ask(QUESTION, GUEST);
    expect(answer).toMatch(/^Resilience at .* UTC:\n- mode: normal\n/);
    expect(answer).toContain('- platform_dependency_risk: high\n');
    expect(answer).toContain('- cross_community_redundancy: 0, degraded');
    for (const secret of ['openai', hostname(), 'north', 'ipfs', '127.0.0.1', REGISTRY])
      expect(answer).not.toContain(secret);
  });

  test('can use the command, and gets what their role may know', async () => {
    expect(await ask('/resilience', OWNER)).toContain('openai 100 %');
    expect(await ask('/resilience', GUEST)).toMatch(/^Resilience at /);
    expect(await ask('/resilience', GUEST)).not.toContain('openai');
  });

  test('gets no details out of the action by naming it', async () => {
    const action = rex.actions.find(({ name }) => name === 'MONITOR_RESILIENCE')!;
    const result = await inConversation(startConversation({ principal: GUEST }), () =>
      action.handler(rex, remembered()),
    );
    expect(result).toMatchObject({
      ...{ success: true, values: { platformDependencyRisk: 'high', mode: 'normal' } },
      data: { actionName: 'MONITOR_RESILIENCE', report: { offlineSyncRate: null } },
    });
    expect(JSON.stringify(result)).not.toContain('openai');
  });
});

describe('a prompt', () => {
  async function provided(principal: Principal): Promise<ProviderResult> {
    const provider = rex.providers.find(({ name }) => name === 'RESILIENCE')!;
    return inConversation(startConversation({ principal }), () =>
      provider.get(rex, remembered(), { values: {}, data: {}, text: '' }),
    );
  }

  test('has the state, and what limits it for those who may know', async () => {
    const { text, values } = await provided(OWNER);
    expect(text).toMatch(/^# Resilience of the company\nResilience at /);
    expect(text).toContain('- the risk is high, limited by model provider');
    expect(text).toContain('- last drill: none has gone well yet');
    expect(values).toEqual({ resilienceMode: 'normal', dependencyRisk: 'high' });
    const guests = await provided(GUEST);
    expect(guests.text).toContain('platform_dependency_risk: high');
    expect(guests.text).not.toContain('limited by');
  });

  test('is not held up by a second measurement within seconds', async () => {
    const [first, second] = [await provided(OWNER), await provided(OWNER)];
    expect(second.data).toEqual(first.data);
  });
});

describe('over REST', () => {
  test('the report is for those with a token, by role', async () => {
    expect(await get('/resilience/report', {})).toMatchObject({ status: 401 });
    // On a machine with much to do the lease may be over for a moment.
    await eventually(async () => {
      const { status, body } = await get('/resilience/report', OWNERS);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ...{ mode: { state: 'normal' }, drills: {}, problems: [] },
        leader: expect.stringMatching(/^north:\d+$/),
        offlineSyncRate: { value: null, n: 0, windowMs: 86_400_000 },
        platformDependencyRisk: { level: 'high', limitingClass: 'model provider' },
        crossCommunityRedundancy: { value: 0, minK: 1 },
      });
    });
    const guests = await get('/resilience/report', { ...OWNERS, 'x-act-as': 'ann' });
    expect(guests.body).toMatchObject({ mode: 'normal', platformDependencyRisk: 'high' });
    expect(JSON.stringify(guests.body)).not.toContain('openai');
  });

  test('Prometheus reads what is known, with a token of an admin', async () => {
    expect(await get('/resilience/metrics', {})).toMatchObject({ status: 401 });
    const guests = { ...OWNERS, 'x-act-as': 'ann' };
    expect(await get('/resilience/metrics', guests)).toMatchObject({ status: 403 });
    const { body, type } = await get('/resilience/metrics', OWNERS);
    expect(type).toContain('text/plain');
    expect(body).toMatch(/^resilience_dependency_risk\{level="high"\} 1$/m);
    expect(body).toMatch(/^resilience_dependency_risk\{level="low"\} 0$/m);
    expect(body).toMatch(/^resilience_effective_suppliers\{class="database"\} 1$/m);
    expect(body).toMatch(/^resilience_cross_community_redundancy 0$/m);
    expect(body).not.toMatch(/^resilience_offline_sync_rate /m);
  });
});

describe('a metric that comes to another level', () => {
  test('is on the record of the next message', async () => {
    const { measures } = await resilienceOf(rex);
    await eventually(async () => expect((await measures.report()).before).not.toBeNull());
    await ask('hello', OWNER);
    // As the leader of another process on this database would write it.
    const book = new MeasureStore(new Database(rex.db as SqlExecutor), uuidSource);
    const figures = figuresOf(await measures.report(), 0);
    await book.add({ ...figures, syncRate: 0.5, syncSamples: 2, syncLevel: 'degraded' }, 1e9);
    const changes: unknown[] = [];
    await eventually(async () => {
      const { trace } = await say(rex, 'hello');
      changes.push(...trace.filter(({ kind }) => kind === 'resilience-level'));
      expect(changes).toContainEqual({
        ...{ kind: 'resilience-level', metric: 'offline_sync_rate', from: null, to: 'degraded' },
      });
    });
    await eventually(async () => {
      expect(await ask(QUESTION, GUEST)).toContain('not known (no changes to judge), degraded');
    });
  });
});

function remembered(): Memory {
  const { agentId } = rex;
  const content = { text: QUESTION, source: 'test' };
  return { id: randomUUID(), entityId: agentId, roomId: agentId, agentId, content };
}
