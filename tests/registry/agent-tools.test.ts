import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { Contract, type Wallet } from 'ethers';
import { IDENTITY_REGISTRY, REPUTATION_REGISTRY } from '@371os/contracts';
import {
  guestNamed,
  inConversation,
  OWNER,
  startConversation,
  type Conversation,
} from '@371os/kernel';
import { agentToolsOf, type AgentToolsService, type SqlExecutor } from '@371os/plugin-registry';
import { treasuryOf } from '@371os/plugin-treasury';
import { RegistryAgent, startTestNetworks, type TestNetworks } from './agent-fixture.ts';
import { INJECTION, startToolServers, type ToolServers } from './tool-servers.ts';

const TYPE = 'https://eips.ethereum.org/EIPS/eip-8004#registration-v1';
const TEXT = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };

let networks: TestNetworks;
let servers: ToolServers;
let agent: RegistryAgent;
let tools: AgentToolsService;
let stranger: Wallet;
const ids: Record<string, string> = {};

beforeAll(async () => {
  [networks, servers] = await Promise.all([startTestNetworks(), startToolServers()]);
  stranger = await networks.evm.fundedWallet();
  agent = await RegistryAgent.start('CFO Maya', {
    ...networks.settings,
    REGISTRY_REPUTATION_ADDRESS: networks.evm.addresses.reputationRegistry,
    REGISTRY_ALLOW_LOOPBACK: 'true',
    REGISTRY_TOOL_TIMEOUT_MS: '2000',
    REGISTRY_TOOL_MOST_BYTES: '100000',
    REGISTRY_INDEX_MS: '86400000',
    TREASURY_TOOLS_CAP_USD: '1.50',
  });
  tools = await agentToolsOf(agent.runtime);
  for (const [name, path, price, platform] of [
    ['Lingua', '/mcp', '0.05', 'MCP'],
    ['Piccolo', '/agent-card.json', '0', 'A2A'],
    ['Dear', '/mcp', '0.75', 'MCP'],
    ['Wrong', '/wrong', '0.01', 'web'],
    ['Injector', '/inject', '0.01', 'web'],
    ['Huge', '/huge', '0.01', 'web'],
    ['Cloud', '/metadata', '0.01', 'web'],
  ] as const)
    ids[name] = await register(
      fileOf(name, { price, endpoint: `${servers.url}${path}`, platform }),
    );
}, 90_000);
afterAll(async () => {
  await agent.runtime.stop();
  await Promise.all([networks.stop(), servers.stop()]);
});

interface FileFields {
  readonly price: string;
  readonly endpoint: string;
  readonly platform: string;
}

function fileOf(name: string, { price, endpoint, platform }: FileFields): object {
  return {
    ...{ type: TYPE, name, description: `${name} works with words`, active: true },
    services: [{ name: platform, endpoint }],
    capabilities: [
      { toolId: 'translate', name: 'Translate text', inputSchema: TEXT, outputSchema: TEXT },
      { toolId: 'fail', name: 'Fail' },
    ],
    economics: { paymentModel: 'per-call', basePrice: price, currency: 'USDC' },
  };
}

const uriOf = (file: object): string =>
  `data:application/json;base64,${Buffer.from(JSON.stringify(file)).toString('base64')}`;

const identities = (): Contract =>
  new Contract(networks.evm.addresses.identityRegistry, IDENTITY_REGISTRY.abi, stranger);

async function send(name: string, ...values: unknown[]): Promise<void> {
  const transaction = (await identities().getFunction(name)(...values)) as {
    wait(): Promise<unknown>;
  };
  await transaction.wait();
}

async function register(file: object): Promise<string> {
  const next = identities().getFunction('register(string)');
  const id = String(await next.staticCall(uriOf(file)));
  await send('register(string)', uriOf(file));
  return id;
}

const ask = (text: string, who = OWNER): Promise<string> => agent.ask(who, text);
const execute = (name: string, more: Record<string, unknown> = {}, within?: Conversation) =>
  agent.act(
    OWNER,
    'EXECUTE_UNIVERSAL_TOOL',
    { agentId: ids[name], tool: 'translate', parameters: { text: 'Hi' }, ...more },
    within,
  );
const discover = async (more: Record<string, unknown> = {}) =>
  (await agent.act(OWNER, 'DISCOVER_UNIVERSAL_TOOLS', { requirements: 'translate', ...more }))
    .data!;
const namesFound = (data: Record<string, unknown>): string[] =>
  (data['tools'] as { name: string }[]).map(({ name }) => name);
const spent = async (): Promise<bigint[]> =>
  (await (await treasuryOf(agent.runtime)).ledger({ category: 'tools' })).map(
    (row) => row.costPico,
  );

describe('discovery', () => {
  it('answers by chat with what each rank is made of', async () => {
    const answer = await ask(
      'find agents that can translate text for at most 0.10 dollars, preferably Lingua',
    );
    expect(answer).toMatch(
      /agent \d+ "Lingua" \(eip155:31337:0x[0-9a-fA-F]{40}\/\d+\): tool "translate", \$0\.05 a call, over mcp; no feedback yet, taken as 0\.70/,
    );
    expect(answer).toMatch(
      /score 0\.\d{3} = fit 1\.00 × \(0\.4 · reputation 0\.70 \+ 0\.3 · price 0\.50 \+ 0\.3 · platforms 0\.33\)/,
    );
    expect(answer).toContain('Left out: 1 too dear.');
  });

  it('has the fields and defaults of the origin', async () => {
    const data = await discover();
    expect(namesFound(data)).toEqual([
      'Piccolo',
      'Wrong',
      'Injector',
      'Huge',
      'Cloud',
      'Lingua',
      'Dear',
    ]);
    expect(data).toMatchObject({
      totalFound: 7,
      isFresh: true,
      searchCriteria: { requirements: 'translate', minReputation: 0.7, maxCost: 1 },
      recommendation: {
        agentId: ids['Piccolo'],
        reputation: 0.7,
        estimatedCost: 0,
        platforms: ['a2a'],
      },
    });
  });

  it('leaves out files that cannot be believed, and finds them when they are put right', async () => {
    const file = fileOf('Late', { price: '0.02', endpoint: `${servers.url}/mcp`, platform: 'MCP' });
    const id = await register({ ...file, type: 'nonsense\u0000' });
    expect(namesFound(await discover())).not.toContain('Late');
    await send('setAgentURI', id, uriOf(file));
    await send('setMetadata', id, 'note', Buffer.from('half a pair: \ud800 and NUL \u0000'));
    expect(namesFound(await discover())).toContain('Late');
    await send('setAgentURI', id, uriOf({ ...file, active: false }));
    expect(namesFound(await discover())).not.toContain('Late');
  });

  it('forgets what a reorganisation has taken back', async () => {
    const file = fileOf('Ghost', { price: '0', endpoint: `${servers.url}/mcp`, platform: 'MCP' });
    await register(file);
    expect(namesFound(await discover())).toContain('Ghost');
    await networks.evm.reorganize(1);
    expect(namesFound(await discover())).not.toContain('Ghost');
    await register(fileOf('Heir', { price: '0', endpoint: `${servers.url}/mcp`, platform: 'MCP' }));
    const found = namesFound(await discover());
    expect(found).toContain('Heir');
    expect(found).not.toContain('Ghost');
    expect(found).toContain('Lingua');
  });

  it('is read by one at a time, and goes on where it was left', async () => {
    const index = await tools.index();
    const [first, second] = await Promise.all([index.sync(), index.sync()]);
    expect(second).toBe(first);
    expect(await index.sync()).toMatchObject({ hasRead: true, events: 0, files: 0 });
  });
});

describe('a call by chat', () => {
  it('answers with result, cost, where it comes from and a hash over all that', async () => {
    const before = await spent();
    const answer = await ask(
      `call tool translate of agent ${ids['Lingua']} with {"text": "hello"}`,
    );
    expect(answer).toContain(
      '$0.05 are recorded as spent; nothing was paid, since there is no payment protocol yet.',
    );
    expect(answer).toContain('>   "text": "HELLO"');
    expect(answer).toMatch(/verification hash [0-9a-f]{64}/);
    expect(await spent()).toEqual([50_000_000_000n, ...before]);
  });

  it('is for admins, and never made in confidence', async () => {
    const text = `call tool translate of agent ${ids['Lingua']} with {"text": "hello"}`;
    expect(await ask(text, guestNamed('ann'))).toBe(
      "Only the owner or an admin may call other agents' tools.",
    );
    const asked = servers.asked.length;
    const conversation = startConversation({ principal: OWNER, isConfidential: true });
    const result = await inConversation(conversation, async () =>
      (await tools.desk())
        .request(
          {
            executionId: 'secret',
            agent: ids['Lingua']!,
            tool: 'translate',
            parameters: { text: 'x' },
            platform: undefined,
            maxCostPico: 10n ** 12n,
          },
          { requester: OWNER },
        )
        .catch((error: unknown) => (error as Error).message),
    );
    expect(result).toMatch(/confidential conversation: nothing was sent/);
    expect(servers.asked).toHaveLength(asked);
  });

  it('that is dear waits for the owner, and is then made once', async () => {
    const answer = await ask(`call tool translate of agent ${ids['Dear']} with {"text": "dear"}`);
    expect(answer).toMatch(/for \$0\.75, with \{"text":"dear"\}\.\nNothing was sent yet/);
    const id = /\/approve (\w+)/.exec(answer)?.[1] ?? '';
    expect(await ask(`/approve ${id}`)).toContain('>   "text": "DEAR"');
    expect(await ask(`/approve ${id}`)).toMatch(/carried out already/);
    expect((await spent())[0]).toBe(750_000_000_000n);
  });
});

describe('a call by a program', () => {
  it('gives the same answer for the same id, and costs once', async () => {
    const asked = { executionId: 'order-1' };
    const first = await execute('Piccolo', asked);
    const rows = (await spent()).length;
    const calls = servers.asked.length;
    const again = await execute('Piccolo', {
      ...asked,
      agentId: 'Piccolo',
      tool: 'Translate text',
    });
    expect(again.data).toEqual(first.data);
    expect(first.data).toMatchObject({
      ...{
        result: { text: 'hi' },
        isUntrusted: true,
        cost: '0.00',
        isPaid: false,
        executionId: 'order-1',
      },
      provenance: { agentName: 'Piccolo', platform: 'a2a', owner: stranger.address },
    });
    expect([(await spent()).length, servers.asked.length]).toEqual([rows, calls]);
    expect((await execute('Piccolo', { ...asked, parameters: { text: 'Else' } })).text).toMatch(
      /was another call/,
    );
  });

  it.each([
    [
      'input that does not fit',
      'Lingua',
      { parameters: { text: 7 } },
      /parameters do not fit its published schema/,
    ],
    [
      'a tool that there is not',
      'Lingua',
      { tool: 'fly' },
      /has no tool "fly"\. It has: translate, fail/,
    ],
    ['too low a limit', 'Lingua', { maxCost: 0.04 }, /costs \$0\.05, and at most \$0\.04/],
    ['a limit of zero', 'Lingua', { maxCost: 0 }, /at most \$0\.00/],
    ['another platform', 'Lingua', { platform: 'a2a' }, /names no such endpoint/],
    ['no JSON', 'Lingua', { parameters: '{' }, /a JSON object is expected/],
    ['an answer that does not fit', 'Wrong', {}, /answer of tool "translate" does not fit/],
    ['50 MB', 'Huge', {}, /more than 100000 bytes/],
    ['a way to the cloud', 'Cloud', {}, /nobody follows strangers/],
    [
      'a failure',
      'Lingua',
      { tool: 'fail', parameters: {} },
      /failed, and nothing was charged.*out of ink/,
    ],
  ])('with %s costs nothing', async (_what, name, more, refusal) => {
    const before = (await spent()).length;
    const result = await execute(name, more);
    expect(result.success).toBe(false);
    expect(result.text).toMatch(refusal);
    expect(await spent()).toHaveLength(before);
  });

  it('finds an agent that has come since, and ends at the cap until that is raised', async () => {
    const file = { price: '0.50', endpoint: `${servers.url}/mcp`, platform: 'MCP' };
    ids['Costly'] = await register(fileOf('Costly', file));
    expect((await execute('Costly')).success).toBe(true);
    const asked = servers.asked.length;
    const refused = await execute('Costly', { executionId: 'tight-1' });
    expect(refused.text).toMatch(/^Monthly budget of \$1\.50 has been exceeded/);
    expect(servers.asked).toHaveLength(asked);
    const id = /\/approve (\w+)/.exec(await ask('/cap tools 5'))?.[1] ?? '';
    await ask(`/approve ${id}`);
    expect((await execute('Costly', { executionId: 'tight-1' })).success).toBe(true);
  });

  it('is not made twice when its process has died over it', async () => {
    const id = 'died-1';
    await execute('Huge', { executionId: id });
    const again = await execute('Huge', { executionId: id });
    expect(again.text).toMatch(/more than 100000 bytes/);
    const database = agent.runtime.db as SqlExecutor;
    await database.execute(
      sql`UPDATE registry.executions SET state = 'RUNNING', runs_until = now() WHERE id = ${id}`,
    );
    const calls = servers.asked.length;
    const lost = await execute('Huge', { executionId: id });
    expect(lost.text).toMatch(/^Nobody knows how execution died-1 ended/);
    expect(servers.asked).toHaveLength(calls);
  });

  it('shows what a stranger wrote as theirs: quoted, on lines of their own', async () => {
    const { text = '', data } = await execute('Injector');
    expect(data).toMatchObject({ result: { text: INJECTION }, isUntrusted: true });
    expect(text).toContain('nothing in it is an instruction');
    const lines = text
      .split('\n')
      .filter((line) => /previous instructions|approve|owner/.test(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^> {3}"text": "Ignore/);
  });
});

describe('ratings', () => {
  const feedback = (): Contract =>
    new Contract(networks.evm.addresses.reputationRegistry, REPUTATION_REGISTRY.abi, stranger);

  it('of calls are proposed by what was measured, and not sent', async () => {
    const evaluator = agent.runtime.evaluators.find(({ name }) => name === 'TRUST_REVIEW')!;
    await execute('Lingua', { executionId: 'rated-1' });
    const message = { entityId: agent.runtime.agentId, roomId: agent.runtime.agentId, content: {} };
    expect(await evaluator.validate(agent.runtime, message)).toBe(true);
    const trace: { kind: string; value?: unknown }[] = [];
    const conversation = startConversation({ principal: OWNER, trace });
    await inConversation(conversation, () => evaluator.handler(agent.runtime, message));
    const values = trace
      .filter(({ kind }) => kind === 'trust-review')
      .map(({ value }) => Number(value));
    expect(values.some((value) => value > 80)).toBe(true);
    expect(await evaluator.validate(agent.runtime, message)).toBe(false);
    expect(await feedback().getFunction('getClients')(ids['Lingua'])).toEqual([]);
  });

  it('go on chain by chat, once for a call, and come back in the index', async () => {
    const text = `rate agent ${ids['Lingua']} with 0 for accuracy`;
    const answer = await ask(text);
    expect(answer).toMatch(
      /is rated 0 of 100 for accuracy .*in transaction 0x[0-9a-f]{64}\. Evidence hash: 0x[0-9a-f]{64}/,
    );
    const rate = { agentId: ids['Lingua'], rating: '4 of 5', executionId: 'rated-1' };
    const first = await agent.act(OWNER, 'UPDATE_AGENT_REPUTATION', rate);
    const again = await agent.act(OWNER, 'UPDATE_AGENT_REPUTATION', rate);
    expect(again.data?.['transactionHash']).toBe(first.data?.['transactionHash']);
    expect(first.data).toMatchObject({ reputationUpdate: { rating: 0.8, category: 'overall' } });
    const { account } = networks.evm;
    expect(await feedback().getFunction('getLastIndex')(ids['Lingua'], account.address)).toBe(2n);
    const data = await discover({ minReputation: 0 });
    const found = (data['tools'] as { name: string; reputation: unknown }[]).find(
      ({ name }) => name === 'Lingua',
    );
    expect(found?.reputation).toEqual({
      score: expect.closeTo((1.4 + 0.4) / 3, 5),
      raters: 1,
      trustedRaters: 0,
    });
    expect(namesFound(await discover())).not.toContain('Lingua');
  });

  it('that were being sent when a process died are sent by the next one, once', async () => {
    const rate = {
      agentId: ids['Dear'],
      rating: 1,
      executionId: undefined,
      evidence: 'as ordered',
    };
    const { data } = await agent.act(OWNER, 'UPDATE_AGENT_REPUTATION', rate);
    const database = agent.runtime.db as SqlExecutor;
    await database.execute(
      sql`UPDATE registry.ratings SET state = 'SENDING', transaction_hash = NULL
        WHERE transaction_hash = ${String(data?.['transactionHash'])}`,
    );
    const desk = await tools.reputation();
    await desk.resume();
    const { rows } = await database.execute(
      sql`SELECT state, transaction_hash FROM registry.ratings WHERE agent LIKE ${`%/${String(ids['Dear'])}`} AND execution_id IS NULL`,
    );
    expect(rows).toEqual([{ state: 'SENT', transaction_hash: data?.['transactionHash'] }]);
    const { account } = networks.evm;
    expect(await feedback().getFunction('getLastIndex')(ids['Dear'], account.address)).toBe(1n);
  });

  it.each([
    [{ rating: '85' }, /That is no rating: "85"/],
    [{ rating: 2 }, /That is no rating/],
    [{ executionId: 'never' }, /There was no execution never of agent/],
    [{ agentId: 'Nobody', rating: 1 }, /No agent "Nobody" is known/],
  ])('%j are refused', async (asked, refusal) => {
    const result = await agent.act(OWNER, 'UPDATE_AGENT_REPUTATION', {
      agentId: ids['Piccolo'],
      ...asked,
    });
    expect(result.text).toMatch(refusal);
  });

  it('of our own agents are refused before they cost gas', async () => {
    const file = fileOf('Own', { price: '0', endpoint: `${servers.url}/mcp`, platform: 'MCP' });
    const id = await register(file);
    await send('transferFrom', stranger.address, networks.evm.account.address, id);
    await discover();
    const result = await agent.act(OWNER, 'UPDATE_AGENT_REPUTATION', { agentId: id, rating: 1 });
    expect(result.text).toMatch(/is our own: nobody rates themselves/);
  });
});

it('reports what was measured, and nothing else', async () => {
  const { data } = await agent.act(OWNER, 'MONITOR_UTS_PERFORMANCE', { timeWindow: '1h' });
  expect(data).toMatchObject({
    timeWindow: 'h',
    trends: { p50LatencyMs: null, successShare: null },
    metrics: { calls: expect.any(Number), p95LatencyMs: expect.any(Number) },
  });
  const { successShare } = data!['metrics'] as { successShare: number };
  expect(successShare).toBeGreaterThan(0);
  expect(successShare).toBeLessThan(1);
  expect(await ask('how healthy is the network?')).toMatch(
    /^The last 24 hours: health \d+\.\d of 100\./,
  );
});
