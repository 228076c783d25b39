import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { Role, TaskState } from '@a2a-js/sdk';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { HAND_ON } from '@371os/plugin-coordination';
import type { RoutedTask } from '@371os/plugin-router';
import { answering } from '../router/company-fixture.ts';
import { a2aClient } from '../support/a2a-client.ts';
import { eventually } from '../support/eventually.ts';
import { CompanyHost, OWNER_TOKEN } from './company-host.ts';
import { Partner } from './partner.ts';

const START_MS = 120_000;
const PARTNER_TOKEN = 'what-the-partner-knows-us-by';

let host: CompanyHost;
let partner: Partner;
let priceless: Partner;
let pinned: Partner;
let name: string;

beforeAll(async () => {
  [partner, priceless, pinned] = [
    await Partner.start(),
    await Partner.start(),
    await Partner.start(),
  ];
  const key = await calculateJwkThumbprint(priceless.publicKey);
  const settings = {
    COORDINATION_A2A_LOOPBACK: 'true',
    COORDINATION_A2A_PER_MINUTE: '10000',
    COORDINATION_A2A_AGENTS: JSON.stringify([
      { url: partner.url, usdPerTask: '0.05' },
      { url: priceless.url },
      { url: pinned.url, usdPerTask: '0.01', key },
      { url: 'http://10.1.2.3/', usdPerTask: '0.01' },
    ]),
    COORDINATION_A2A_SECRETS: JSON.stringify({ [partner.url]: PARTNER_TOKEN }),
    ROUTER_TASK_TIMEOUT_MS: '8000',
    TREASURY_TOOLS_CAP_USD: '1.00',
    TASKS_MAX_ATTEMPTS: '2',
  };
  host = await CompanyHost.start(settings);
  await host.company.hire('CFO Maya', {
    examples: ['How much money is left in the budget?'],
    role: 'CFO',
    works: answering((words) => `Counted: ${words}`),
  });
  name = `Lingua @ ${new URL(partner.url).host}`;
  await eventually(async () => {
    const agents = await host.company.router.listAgents();
    expect(agents.map((agent) => agent.name)).toContain(name);
  });
}, START_MS);

afterAll(async () => {
  await host.stop();
  for (const one of [partner, priceless, pinned]) await one.stop();
});
afterEach(() => {
  partner.fault = 'none';
  partner.faultsLeft = Infinity;
  partner.behaviour = (text) => `Translated: ${text}`;
});

async function give(text: string, agent = name, hops?: number): Promise<RoutedTask> {
  const { tasks, text: said } = await host.company.router.ask({
    ...{ text, principal: OWNER, room: randomUUID(), agent, hops },
  });
  const [task] = tasks;
  if (!task) throw new RangeError(said);
  return task;
}

const spent = async (): Promise<bigint> => {
  const rows = await host.company.treasury.ledger({ category: 'tools' });
  return rows.reduce((sum, { costPico }) => sum + costPico, 0n);
};
const FIVE_CENTS = 50_000_000_000n;

describe('an agent of another organisation', () => {
  it('is a colleague with its price, and gets what its examples are like', async () => {
    const agents = await host.company.router.listAgents();
    expect(agents.find((agent) => agent.name === name)).toMatchObject({
      ...{ isLocal: false, availability: 'free', rate: { picoPerTask: FIVE_CENTS } },
      capabilities: ['Translation'],
    });
    const before = await spent();
    const reply = await host.company.ask('Translate this letter into Portuguese');
    expect(reply.tasks).toMatchObject([
      {
        ...{ agent: name, state: 'COMPLETED', costPico: FIVE_CENTS },
        answer: 'Translated: Translate this letter into Portuguese',
      },
    ]);
    expect((await spent()) - before).toBe(FIVE_CENTS);
  });

  it('is told how often a request was handed on, and from where, and by whom', async () => {
    const task = await give('Translate: trace');
    expect(partner.asked.at(-1)?.metadata).toEqual({
      [HAND_ON]: { hops: 1, trace: [task.id] },
    });
    expect(partner.asked.at(-1)?.extensions).toEqual([HAND_ON]);
    expect(partner.tokens.at(-1)).toBe(`Bearer ${PARTNER_TOKEN}`);
  });

  it('gets nothing that is confidential', async () => {
    const before = partner.asked.length;
    const confidential = startConversation({ principal: OWNER, isConfidential: true });
    const [task] = await inConversation(confidential, () =>
      host.company.router.route('Translate my diary', randomUUID(), { agent: name }),
    );
    expect(task).toMatchObject({ state: 'FAILED' });
    const planned = await inConversation(confidential, () =>
      host.company.router.decide('Translate this letter into Portuguese', {
        ...{ answered: [], isConfidential: true },
      }),
    );
    expect(planned.map(({ choice }) => choice.agent)).toEqual(['CFO Maya']);
    expect(partner.asked).toHaveLength(before);
  });

  it('gets nothing without a price, and nothing beyond the budget', async () => {
    const free = `Lingua @ ${new URL(priceless.url).host}`;
    const refused = await give('Translate: for nothing', free);
    expect(refused).toMatchObject({ state: 'REJECTED' });
    expect(refused.answer).toContain('usdPerTask');
    expect(priceless.asked).toEqual([]);
  });

  it('is not there when its card is not signed as was agreed, or is at an address within', async () => {
    const agents = await host.company.router.listAgents();
    const names = agents.map((agent) => agent.name);
    expect(names).not.toContain(`Lingua @ ${new URL(pinned.url).host}`);
    expect(names.join()).not.toContain('10.1.2.3');
  });

  it.each([
    ['REJECTED', TaskState.TASK_STATE_REJECTED, 'Not my language.', 0n],
    ['FAILED', TaskState.TASK_STATE_FAILED, 'Out of ink.', FIVE_CENTS],
  ])('may answer with %s', async (state, word, sentence, cost) => {
    partner.behaviour = (_text, { end }) => {
      end(word, sentence);
      return undefined;
    };
    const before = await spent();
    expect(await give(`Translate: ${state}`)).toMatchObject({ state, answer: sentence });
    expect((await spent()) - before).toBe(cost);
  });

  it('may ask back, and goes on with what it is told', async () => {
    let asks = 0;
    partner.behaviour = (text, { end }) => {
      asks += 1;
      if (asks > 1) return `Translated with: ${text}`;
      end(TaskState.TASK_STATE_INPUT_REQUIRED, 'Into which language?');
      return undefined;
    };
    const task = await give('Translate: ask back');
    expect(task).toMatchObject({ state: 'INPUT_REQUIRED', answer: 'Into which language?' });
    await host.company.tasks.goOn(task.id, { context: 'Portuguese' });
    const ended = await host.company.tasks.waitFor(task.id);
    expect(ended.state).toBe('COMPLETED');
    expect(ended.answer).toContain('Portuguese');
    expect(partner.asked.at(-1)?.taskId).not.toBe('');
  });

  it('is canceled when the task here is', async () => {
    partner.behaviour = async (_text, { canceled }) => {
      await canceled;
      return undefined;
    };
    const before = partner.canceled.length;
    const given = give('Translate: for ever');
    const task = await started();
    await host.company.tasks.cancel(task, OWNER);
    expect(await given).toMatchObject({ state: 'CANCELED' });
    await eventually(async () => {
      expect(partner.canceled).toHaveLength(before + 1);
    });
  });

  it('is followed to the end when it takes longer than anybody waits', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    partner.behaviour = () => promise;
    const asked = partner.asked.length;
    const task = await give('Translate: a long book');
    expect(task).toMatchObject({ state: 'INPUT_REQUIRED', waitingFor: 'another-organisation' });
    resolve('The whole book.');
    await eventually(async () => {
      expect(await host.company.tasks.get(task.id)).toMatchObject({
        ...{ state: 'COMPLETED', answer: 'The whole book.', costPico: FIVE_CENTS },
      });
    });
    expect(partner.asked).toHaveLength(asked + 1);
  });
});

/** The id of the task that is worked on now. */
async function started(): Promise<string> {
  let id = '';
  await eventually(async () => {
    const [task] = await host.company.tasks.list({ agent: name, states: ['WORKING'], limit: 1 });
    expect(partner.asked.at(-1)?.metadata).toMatchObject({ [HAND_ON]: { trace: [task?.id] } });
    id = task?.id ?? '';
  });
  return id;
}

describe('one that misbehaves', () => {
  it.each(['garbage', 'huge', 'down', 'resets'] as const)(
    'is tried again, once it %s, and asked but once for a task',
    async (fault) => {
      partner.fault = fault;
      const before = await spent();
      const asked = partner.asked.length;
      partner.faultsLeft = 1;
      expect(await give(`Translate: ${fault}`)).toMatchObject({ state: 'COMPLETED' });
      expect(partner.faultsLeft).toBe(0);
      expect(partner.asked).toHaveLength(asked + 1);
      expect((await spent()) - before).toBe(FIVE_CENTS);
    },
  );

  it('is not asked again when it refuses, and costs nothing', async () => {
    partner.fault = 'refuses';
    const before = await spent();
    expect(await give('Translate: refused')).toMatchObject({
      ...{ state: 'FAILED', answer: expect.stringContaining('refuses it') },
    });
    expect((await spent()) - before).toBe(0n);
  });

  it('holds nobody up when it hangs', async () => {
    partner.fault = 'hangs';
    const before = performance.now();
    const task = await give('Translate: hanging');
    expect(performance.now() - before).toBeLessThan(30_000);
    expect(['SUBMITTED', 'WORKING', 'FAILED']).toContain(task.state);
    expect(await give('Count the seconds', 'CFO Maya')).toMatchObject({ state: 'COMPLETED' });
    await host.company.tasks.cancel(task.id, OWNER).catch(() => undefined);
  });
});

it('two organisations that hand a request to each other do not do so for ever', async () => {
  // It hands on whatever it gets, honestly, and never does anything itself.
  partner.behaviour = async (text, { message, taskId, end }) => {
    const said = message.metadata?.[HAND_ON] as { hops: number; trace: string[] };
    const headers = { Authorization: `Bearer ${OWNER_TOKEN}` };
    const client = await a2aClient({ url: host.url, headers });
    const answer = await client.sendMessage({
      ...{ tenant: '', metadata: undefined, configuration: undefined },
      message: {
        ...{ messageId: randomUUID(), contextId: '', taskId: '', role: Role.ROLE_USER },
        parts: [
          {
            content: { $case: 'text', value: text },
            metadata: undefined,
            filename: '',
            mediaType: '',
          },
        ],
        metadata: { [HAND_ON]: { hops: said.hops + 1, trace: [...said.trace, taskId] } },
        ...{ extensions: [HAND_ON], referenceTaskIds: [] },
      },
    });
    if ('parts' in answer) return 'A message.';
    const part = answer.status?.message?.parts[0]?.content;
    end(
      answer.status?.state ?? TaskState.TASK_STATE_FAILED,
      part?.$case === 'text' ? part.value : '',
    );
    return undefined;
  };
  const asked = partner.asked.length;
  const reply = await host.company.ask('Translate this letter into Portuguese');
  expect(reply.tasks).toHaveLength(1);
  expect(reply.tasks[0]?.state).not.toBe('COMPLETED');
  expect(partner.asked.length - asked).toBeLessThanOrEqual(3);
});
