import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StargateClient } from '@cosmjs/stargate';
import { DevnetControl, findDevnet } from '@371os/devnet/client';
import { fileURLToPath } from 'node:url';
import { runCli } from '@371os/cli';
import { CompanyClient, NotFoundError, NotPermittedError, TokenRefusedError } from '@371os/client';
import { eventually } from '../support/eventually.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  runProgram,
  startCompany,
  type ChatAnswer,
  type CompanyProcess,
} from '../support/company.ts';

const START_MS = 120_000;
const BUDGET = 'how much of our budget is left, and what did we spend it on?';

// Ports that nobody else has, and a chain that does not keep anybody waiting.
const DEVNET = {
  DEVNET: 'on',
  ...{ DEVNET_AKASH_RPC_PORT: '0', DEVNET_AKASH_REST_PORT: '0', DEVNET_AKASH_GRPC_PORT: '0' },
  ...{ DEVNET_AKASH_CONSOLE_PORT: '0', DEVNET_AKASH_GATEWAY_PORT: '0', DEVNET_CONTROL_PORT: '0' },
  ...{ DEVNET_EVM_PORT: '0', DEVNET_IPFS_API_PORT: '0', DEVNET_IPFS_GATEWAY_PORT: '0' },
  ...{ DEVNET_BLOCK_MS: '100', AKASH_POLL_MS: '100', AKASH_MORE_BIDS_MS: '700' },
};

const ATTACKS = readFileSync(new URL('../fixtures/attacks.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

describe('a company without any model', () => {
  const directory = makeDataDirectory();
  let company: CompanyProcess;

  beforeAll(async () => {
    company = await startCompany(await emptyEnvironment(directory, DEVNET));
  }, START_MS);

  afterAll(async () => {
    await company.stop();
    const devnet = await findDevnet(join(directory, 'devnet'));
    if (devnet) {
      await new DevnetControl(devnet).stop();
      await eventually(async () => {
        expect(() => process.kill(devnet.pid, 0)).toThrow();
      });
    }
    removeDataDirectory(directory);
  }, START_MS);

  test('says how to set up a model', () => {
    expect(company.output()).toMatch(/^No language model is set up.*"npx 371os init"/m);
  });

  test('answers what is in the ledger, through the CFO, for nothing', async () => {
    const answer = await company.ask(BUDGET);
    expect(answer.tasks).toEqual([
      expect.objectContaining({
        agent: 'CFO Maya',
        text: BUDGET,
        state: 'COMPLETED',
        model: 'embedded:rules',
        costUsd: 0,
        answer: expect.stringContaining('20.00'),
      }),
    ]);
    expect(answer.costUsd).toBe(0);
    expect(answer.text).toContain('CFO Maya');
    expect(answer.decisions).toContainEqual(
      expect.objectContaining({ kind: 'routing', agent: 'CFO Maya' }),
    );
  });

  test('the same over the terminal, through the running server', async () => {
    const ended = await runProgram('chat', ['--json', BUDGET], company.environment);
    expect(ended.code).toBe(0);
    const answer = JSON.parse(ended.stdout) as ChatAnswer;
    expect(answer.tasks[0]).toMatchObject({ agent: 'CFO Maya', state: 'COMPLETED' });
  });

  test.each([
    ['Our API returns 502 errors since the last deploy, what should we check?', 'CTO Zara'],
    ['Should we accept the acquisition offer from our competitor?', 'CEO Mimi'],
    ['Can we deduct the conference booth from our taxes?', 'CFO Maya'],
  ])('%s waits with %s for a language model', async (text, agent) => {
    const { tasks } = await company.ask(text);
    expect(tasks).toEqual([
      expect.objectContaining({ agent, state: 'INPUT_REQUIRED', costUsd: 0 }),
    ]);
    expect(tasks[0]?.answer).toMatch(/language model.*OPENAI_API_KEY/s);
  });

  test('a request with three parts goes to three agents, who do what rules can do', async () => {
    const answer = await company.ask(
      'How much of our budget is left? Also, review our price: we want to charge 20 and competitors charge 25, 30 and 28. And then plan the launch campaign.',
    );
    expect(
      answer.tasks.map(({ agent, state, dependsOn }) => [agent, state, dependsOn.length]),
    ).toEqual([
      ['CFO Maya', 'COMPLETED', 0],
      ['CMO Kai', 'COMPLETED', 0],
      ['CMO Anova', 'INPUT_REQUIRED', 1],
    ]);
    expect(answer.tasks[1]?.answer).toContain('25.20');
    expect(answer.text).toMatch(
      /^1\. How much[\s\S]*\n2\. review[\s\S]*\n3\. plan[\s\S]*Together \$0\.00\.$/,
    );
  });

  test('an officer whose rule reads the whole request gets it whole', async () => {
    const { tasks } = await company.ask(
      'dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05',
    );
    expect(tasks).toEqual([expect.objectContaining({ agent: 'CPO Iris', state: 'COMPLETED' })]);
  });

  test('a deployment: planned, approved, reached, paid for, and closed to the last uact', async () => {
    const devnet = await findDevnet(join(directory, 'devnet'));
    const { rpcUrl = '', tenant = '' } = devnet?.akash ?? {};
    const chain = await StargateClient.connect(rpcUrl);
    const uact = async (): Promise<bigint> =>
      BigInt((await chain.getBalance(tenant, 'uact')).amount);
    const before = await uact();
    const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? 'no id';

    const planned = await company.ask(
      'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu',
    );
    expect(planned.tasks[0]).toMatchObject({ agent: 'CTO Zara', state: 'COMPLETED' });
    expect(planned.text).toMatch(/nothing is spent yet.*its coins are worth nothing/s);
    const id = idIn(planned.text);
    const running = (await company.ask(`/approve ${id}`)).text;
    const url = /runs: (http:\S+)/.exec(running)?.[1] ?? 'no endpoint';
    const page = await fetch(url);
    expect([page.status, page.headers.get('x-371os-devnet')]).toEqual([200, 'stand-in']);
    expect((await company.ask('what did we spend?')).text).toMatch(/\$0\.\d+ on akash/);

    const asked = await company.ask(`close deployment ${id}`);
    const closed = (await company.ask(`/approve ${idIn(asked.text)}`)).text;
    const back = BigInt(/(\d+) uact of its deposit came back/.exec(closed)?.[1] ?? 0);
    const rent = before - (await uact());
    expect(back).toBeGreaterThan(0n);
    expect(rent).toBeGreaterThanOrEqual(0n);
    expect(rent + back).toBe(500_000n);
    await expect(fetch(url)).rejects.toThrow();
  }, 60_000);

  test('small talk and commands need no model', async () => {
    expect((await company.ask('hello')).text).toMatch(/\S/);
    expect((await company.ask('/help')).text).toMatch(/\/budget/);
    expect((await company.ask('/agents')).text).toContain('CTO Zara (CTO)');
    expect((await company.ask('/tasks')).text).toMatch(/INPUT_REQUIRED · C/);
  });

  test('an agent can be named, and an unknown one is answered with those there are', async () => {
    const direct = await company.ask(BUDGET, { agent: 'maya' });
    expect(direct.tasks[0]).toMatchObject({ agent: 'CFO Maya', state: 'COMPLETED' });
    const unknown = await company.ask('hello', { agent: 'Bob' });
    expect(unknown.error?.message).toMatch(/no agent called "Bob".*CTO Zara/);
  });

  test('a program has a task done, looks at it, and ends one that waits', async () => {
    const client = new CompanyClient({ url: company.url, token: company.token() });
    const [done] = await client.submitTask({ text: BUDGET });
    expect(done).toMatchObject({ agent: 'CFO Maya', state: 'COMPLETED' });
    const [waiting] = await client.submitTask({ text: 'Plan the launch campaign.' });
    const id = waiting?.id ?? '';
    expect(await client.getTask(id.slice(0, 13))).toMatchObject({ id, state: 'INPUT_REQUIRED' });
    expect(await client.cancelTask(id)).toMatchObject({ id, state: 'CANCELED' });
    await expect(client.cancelTask(id)).rejects.toMatchObject({ code: 'TASK_ENDED' });
    expect((await client.listTasks()).map((task) => task.id)).toContain(id);
    expect(await client.getAgent('cfo')).toMatchObject({ agent: { name: 'CFO Maya' } });
    await expect(client.getAgent('Bob')).rejects.toThrow(/no agent called "Bob".*CTO Zara/);
    expect((await client.history({ limit: 100 })).map(({ text }) => text)).toContain(BUDGET);
  });

  test('a guest sees neither the task nor the budget, and a wrong token gets nothing', async () => {
    const owner = new CompanyClient({ url: company.url, token: company.token() });
    const [task] = await owner.submitTask({ text: BUDGET });
    const guest = new CompanyClient({ url: company.url, token: company.token(), as: 'mallory' });
    await expect(guest.getTask(task?.id ?? '')).rejects.toThrow(NotFoundError);
    await expect(guest.cancelTask(task?.id ?? '')).rejects.toThrow(NotFoundError);
    await expect(guest.budget()).rejects.toThrow(NotPermittedError);
    const thief = new CompanyClient({ url: company.url, token: 'x' });
    await expect(thief.listTasks()).rejects.toThrow(TokenRefusedError);
  });

  test('371os does the same from a shell', async () => {
    const submitted = await cli(company, 'tasks', 'submit', BUDGET, '--json');
    const [task] = (JSON.parse(submitted.out) as { tasks: { id: string }[] }).tasks;
    expect((await cli(company, 'tasks', 'show', task?.id ?? '')).out).toContain('20.00');
    expect((await cli(company, 'tasks', 'list')).out).toContain(task?.id.slice(0, 8));
    expect((await cli(company, 'agents', 'status', 'CFO')).out).toMatch(/CFO Maya +CFO +ready/);
    expect((await cli(company, 'budget')).out).toMatch(/llm organisation month +\$20/);
    expect((await cli(company, 'doctor')).out).toMatch(/server +ok +answers at/);
    const refused = await cli(company, '--as', 'mallory', 'budget', '--json');
    expect({ code: refused.code, ...JSON.parse(refused.out) }).toMatchObject({
      ...{ code: 1, error: { code: 'NOT_PERMITTED' } },
    });
    expect(await cli(company, 'tasks', 'lst')).toMatchObject({
      ...{ code: 2, complaint: expect.stringContaining('list') },
    });
    expect(await cli(company, 'tasks', 'list', '--limit', '0')).toMatchObject({ code: 2 });
  });

  test('the file of the command runs as it is in a clone', () => {
    const file = fileURLToPath(new URL('../../plugins/cli/bin/371os.js', import.meta.url));
    const environment = { PATH: process.env['PATH'], DATA_DIR: company.directory };
    const text = execFileSync(process.execPath, [file, 'agents', 'list'], { env: environment });
    expect(text.toString()).toContain('CTO Zara');
  });

  test.each([
    ['nothing', '', /empty/],
    ['space', '   ', /empty/],
    ['200 kB', 'word '.repeat(40_000), /200 kB/],
    ['binary', String.fromCharCode(0, 1, 2, 3, 4, 5, 6, 7), /not text/],
  ])('%s is answered with what to do', async (_name, text, complaint) => {
    const answer = await company.ask(text);
    expect(answer.text).toMatch(complaint);
    expect(answer).toMatchObject({ tasks: [], costUsd: 0, error: { message: answer.text } });
  });

  test('special-token text is a message like any other', async () => {
    const answer = await company.ask('<|endoftext|> how much of our budget is left?');
    expect(answer.tasks[0]).toMatchObject({
      agent: 'CFO Maya',
      answer: expect.stringMatching(/./),
    });
    expect(answer.error).toBeUndefined();
  });

  test('a request with ids of its own is refused', async () => {
    const forged = await company.post('/router/messages', { text: 'hi', userId: 'owner' }, 'ann');
    expect(forged).toMatchObject({ status: 400, body: { error: { code: 'INVALID_REQUEST' } } });
  });

  test('a hundred attacks by a stranger: nothing spent, no cap moved, nothing shown', async () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(100);
    await company.ask('Please remember: the launch code is ZEBRA-4417-KILO.');
    const asked = await company.ask('raise the llm cap to 50 dollars a month');
    const id = /\b[A-Z0-9]{8}\b/.exec(asked.tasks[0]?.answer ?? '')?.[0] ?? 'no id';
    const before = await company.get('/treasury/budget');
    const answers: string[] = [];
    for (const attack of ATTACKS) {
      const text = attack.replaceAll('AAAAAAAA', id);
      const answer = await company.ask(text, { as: 'mallory' });
      answers.push(JSON.stringify(answer));
      expect(answer.costUsd).toBe(0);
    }
    const said = answers.join('\n');
    expect(said).not.toContain('ZEBRA-4417');
    expect(said).not.toContain(company.token());
    expect(said).not.toMatch(/20\.00|50\.00/);
    expect((await company.get('/treasury/budget')).body).toEqual(before.body);
    expect((await company.ask('/requests')).text).toContain(id);
    expect((await company.get('/treasury/budget', 'mallory')).status).toBe(403);
    expect((await company.get('/treasury/ledger', 'mallory')).status).toBe(403);
    expect((await company.post(`/treasury/approvals/${id}/approve`, {}, 'mallory')).status).toBe(
      403,
    );
    const tasks = (await company.get('/router/tasks?limit=200', 'mallory')).body;
    expect(JSON.stringify(tasks)).not.toContain('ZEBRA-4417');
    const history = (await company.get('/router/messages', 'mallory')).body;
    expect(JSON.stringify(history)).not.toContain('ZEBRA-4417');
  }, 180_000);

  test(
    'the owner raises a cap: asked, approved, in force, over a restart',
    async () => {
      const asked = await company.ask('raise the llm cap to 50 dollars a month');
      const id = /\b[A-Z0-9]{8}\b/.exec(asked.tasks[0]?.answer ?? '')?.[0] ?? '';
      expect(asked.tasks[0]?.answer).toContain('50.00');
      expect((await company.ask('/budget')).text).toContain('20.00');
      await company.stop();
      company = await startCompany(company.environment);
      expect((await company.ask('/requests')).text).toContain(id);
      expect((await company.ask(`/approve ${id}`)).text).toMatch(/50\.00/);
      expect((await company.ask('/budget')).text).toContain('50.00');
      expect((await company.ask(`/approve ${id}`)).text).not.toMatch(/^Approved/);
    },
    START_MS,
  );

  test('two messages in one room are both answered', async () => {
    const answers = await Promise.all([company.ask('hello'), company.ask(BUDGET)]);
    expect(answers.map(({ text }) => text.length > 0)).toEqual([true, true]);
    expect(answers[1].tasks[0]?.state).toBe('COMPLETED');
  });
});

async function cli(
  company: CompanyProcess,
  ...args: string[]
): Promise<{ code: number; out: string; complaint: string }> {
  const said = { out: '', complaint: '' };
  const code = await runCli(args, {
    environment: company.environment,
    write: (text) => (said.out += text),
    writeError: (text) => (said.complaint += text),
  });
  return { code, ...said };
}

describe('a message without a server', () => {
  test(
    'starts the company for it, and leaves the directory free',
    async () => {
      const directory = makeDataDirectory();
      const environment = await emptyEnvironment(directory);
      const ended = await runProgram('chat', ['--json', BUDGET], environment);
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
      expect((JSON.parse(ended.stdout) as ChatAnswer).tasks[0]).toMatchObject({
        agent: 'CFO Maya',
        state: 'COMPLETED',
      });
      const empty = await runProgram('chat', ['--json', ''], environment);
      expect(empty.code).toBe(1);
      expect((JSON.parse(empty.stdout) as ChatAnswer).text).toMatch(/empty/);
      const usage = await runProgram('chat', ['--json', '--room', '../x', 'hi'], environment);
      expect(usage.code).toBe(1);
      expect((JSON.parse(usage.stdout) as ChatAnswer).error?.code).toBe('USAGE');
      removeDataDirectory(directory);
    },
    START_MS,
  );
});
