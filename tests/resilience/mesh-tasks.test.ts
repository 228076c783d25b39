import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  inConversation,
  OWNER,
  startConversation,
  type Conversation,
  type Principal,
} from '@371os/kernel';
import {
  LetterPost,
  LettersInMemory,
  LetterWork,
  MeshAgents,
  nameAgents,
  OwnStaff,
  PeerAwayError,
  type Json,
  type LetterWorkInit,
  type PeerAgent,
} from '@371os/plugin-resilience';
import type { TasksService, Task } from '@371os/plugin-tasks';
import { eventually } from '../support/eventually.ts';
import { startTasksAgent, taskFor } from '../tasks/agent-fixture.ts';
import { sha256 } from './letters-fixture.ts';

const GUEST: Principal = { id: 'telegram:1234', role: 'guest', proof: 'platform' };
const MAYA: PeerAgent = {
  ...{ name: 'CFO Maya', role: 'CFO', examples: ['What is left?'], capabilities: ['money'] },
  ...{ concurrency: 2, isThere: true },
};

let tasks: TasksService;
let stop: () => Promise<void>;
beforeAll(async () => {
  const agent = await startTasksAgent();
  ({ tasks } = agent);
  stop = () => agent.runtime.stop();
});
afterAll(() => stop());

/** Two nodes with a line between them; the one in the north keeps real tasks. */
class TwoNodes {
  isUp = true;
  isOurs: LetterWorkInit['isOurs'] = (agent) => agent === 'CFO Maya';
  readonly errors: unknown[] = [];
  readonly #applied = new Set<() => void>();
  readonly south = { store: new LettersInMemory(Date.now), id: `south${randomUUID().slice(0, 8)}` };
  readonly north = { store: new LettersInMemory(Date.now), id: `north${randomUUID().slice(0, 8)}` };
  readonly southPost = this.#post(this.south, () => Promise.resolve());
  readonly northPost: LetterPost = this.#post(this.north, (letter) => this.work.effect(letter));
  readonly work: LetterWork = this.newWork();
  readonly agents = new MeshAgents({
    view: {
      peers: () => [
        {
          ...{ id: this.north.id, name: 'north', version: '1', addresses: [], agents: [MAYA] },
          ...{ seenAtMs: Date.now(), isReachable: this.isUp },
        },
      ],
      isReachable: () => this.isUp,
      onChange: () => () => undefined,
    },
    own: () => ({ names: new Set(['CTO Zara']), roles: new Set(['CTO']) }),
    post: this.southPost,
    letters: this.south.store,
    hurry: () => void this.southPost.deliver(this.north.id).catch(() => undefined),
    onApplied: (listener) => {
      this.#applied.add(listener);
      return () => this.#applied.delete(listener);
    },
    clock: Date.now,
  });

  newWork(): LetterWork {
    return new LetterWork({
      ...{ tasks, letters: this.north.store, post: this.northPost, sha256 },
      isOurs: (agent) => this.isOurs(agent),
      nameOf: () => 'south',
      hurry: () => void this.northPost.deliver(this.south.id).catch(() => undefined),
      onError: (error) => this.errors.push(error),
    });
  }

  /** Puts a letter of the south into the north's inbox. */
  async letter(body: Json, kind = 'task'): Promise<void> {
    const { id } = await this.southPost.send({ receiver: this.north.id, kind, body });
    await this.southPost.deliver(this.north.id);
    this.lastId = id;
  }
  lastId = '';

  #post(
    { id, store }: { id: string; store: LettersInMemory },
    effect: (letter: Parameters<LetterWork['effect']>[0]) => Promise<void>,
  ): LetterPost {
    return new LetterPost({
      ...{ self: id, store, sha256, clock: Date.now, newId: randomUUID, effect },
      isReachable: () => this.isUp,
      carry: (peer, letters) => {
        if (!this.isUp) throw new PeerAwayError({ peer, why: 'the line is cut' });
        const there = peer === this.north.id ? this.northPost : this.southPost;
        return there.receive({ letters: [...letters] }, id);
      },
      onForged: (_sender, letter) => this.errors.push(letter),
      onError: (error) => this.errors.push(error),
      onApplied: () => {
        for (const listener of this.#applied) listener();
      },
    });
  }
}

let nodes: TwoNodes;
beforeEach(() => {
  nodes = new TwoNodes();
});

async function received(): Promise<Task[]> {
  const all = await tasks.list({ limit: 100 });
  return all.filter(({ idempotencyKey }) => idempotencyKey?.includes(nodes.south.id));
}

const asked = (more: object = {}): Json => ({
  ...{ task: randomUUID(), agent: 'CFO Maya', text: 'What is left?', requester: GUEST.id },
  ...{ isOwner: false, hops: 1, ...more },
});

describe('a task that comes by letter', () => {
  it('is kept once, for a guest, never confidential, and answered when it has ended', async () => {
    await nodes.letter(asked({ context: 'We are in the south.', hops: 2 }));
    const [task] = await received();
    expect(task).toMatchObject({
      ...{ agent: 'CFO Maya', text: 'What is left?', isConfidential: false },
      requester: { id: expect.stringMatching(/^node:.*:telegram:1234$/), role: 'guest' },
      data: { hops: 2, context: 'We are in the south.' },
    });
    // The same letter again, as after a crash before it was noted.
    const [letter] = await nodes.north.store.unanswered();
    await nodes.work.effect(letter!);
    expect(await received()).toHaveLength(1);

    nodes.work.start();
    const end = await tasks.work('CFO Maya', async () => ({
      ...{ state: 'COMPLETED' as const, answer: 'Twenty.', model: 'a:b', costPico: 5_000_000n },
    }));
    await eventually(async () => {
      const answer = await nodes.south.store.answerTo(nodes.lastId);
      expect(answer?.body).toEqual({
        ...{ to: nodes.lastId, state: 'COMPLETED', answer: 'Twenty.', model: 'a:b' },
        costUsd: '0.000005',
      });
    });
    expect(await nodes.north.store.unanswered()).toEqual([]);
    nodes.work.stop();
    await end();
  });

  it('of the owner is the owner’s', async () => {
    await nodes.letter(asked({ requester: 'owner', isOwner: true }));
    expect(await received()).toMatchObject([{ requester: { id: 'owner', role: 'owner' } }]);
  });

  it.each([
    ['for nobody here', asked({ agent: 'CEO Nobody' }), /no CEO Nobody here/],
    ['that cannot be read', { text: 7 }, /can be read/],
    ['with what no task may be', asked({ agent: '\u0000' }), /no task/i],
  ])('%s is rejected, and does not stop what comes after it', async (_what, body, why) => {
    nodes.isOurs = (agent) => agent !== 'CEO Nobody';
    await nodes.letter(body);
    const rejected = nodes.lastId;
    await nodes.northPost.deliver(nodes.south.id);
    expect((await nodes.south.store.answerTo(rejected))?.body).toMatchObject({
      ...{ state: 'REJECTED', answer: expect.stringMatching(why) },
    });
    await nodes.letter(asked());
    expect(await received()).toHaveLength(1);
  });

  it('comes again while its agent may still start, or when its kind is not known', async () => {
    nodes.isOurs = () => undefined;
    await nodes.letter(asked());
    expect([await received(), await nodes.south.store.firstWaiting(nodes.north.id)]).toEqual([
      [],
      1,
    ]);
    nodes.isOurs = () => true;
    await nodes.southPost.deliver(nodes.north.id);
    expect(await received()).toHaveLength(1);
    await nodes.letter({}, 'dance');
    expect(nodes.errors.map(String).join()).toMatch(/NotAllHere.*UnknownLetter/);
    expect(await nodes.south.store.firstWaiting(nodes.north.id)).toBe(2);
  });
});

describe('an agent of another node', () => {
  async function give(
    more: Partial<Conversation> = {},
    timeoutMs = 30_000,
  ): Promise<{ answers: string[]; conversation: Conversation }> {
    const conversation = startConversation({ principal: GUEST, taskId: randomUUID(), ...more });
    const { id: requesterId } = conversation.principal;
    const run = { agent: 'CFO Maya', text: 'What is left?', roomId: randomUUID(), timeoutMs };
    const answers = await inConversation(conversation, () =>
      nodes.agents.deliver({ ...run, requesterId, background: ['Said before.'] }),
    );
    return { answers, conversation };
  }

  async function answered(answer: string, state = 'COMPLETED'): Promise<void> {
    const letters = await nodes.north.store.unanswered();
    for (const { id: to } of letters)
      await nodes.northPost.send({
        ...{ receiver: nodes.south.id, kind: 'answer' },
        body: { to, state, answer, model: 'a:b', costUsd: '0.02' },
      });
    await nodes.northPost.deliver(nodes.south.id);
  }

  it('is in the list by its name, there while its node is, and kept for otherwise', () => {
    expect(nodes.agents.list()).toEqual([
      {
        ...{ name: 'CFO Maya', role: 'CFO', examples: MAYA.examples, capabilities: ['money'] },
        ...{ concurrency: 2, isLocal: false, isThere: true, isKeptFor: true },
      },
    ]);
    nodes.isUp = false;
    expect(nodes.agents.list()).toMatchObject([{ isThere: false, isKeptFor: true }]);
  });

  it('answers as soon as its answer is here; what it has cost there is told', async () => {
    const giving = give({ principal: OWNER });
    await eventually(async () => expect(await nodes.north.store.unanswered()).toHaveLength(1));
    const [letter] = await nodes.north.store.unanswered();
    expect(letter?.body).toMatchObject({
      ...{ isOwner: true, requester: 'owner', context: 'Said before.', agent: 'CFO Maya' },
    });
    await answered('Twenty.');
    const { answers, conversation } = await giving;
    expect(answers).toEqual(['Twenty.']);
    expect(conversation.trace).toMatchObject([
      { kind: 'model-call', model: 'a:b', reason: expect.stringMatching(/north.*\$0\.02/) },
    ]);
  });

  it('is sent a task that is kept while its node is away, once, and answers when it goes on', async () => {
    nodes.isUp = false;
    const taskId = randomUUID();
    const { answers, conversation } = await give({ taskId });
    expect(answers.join()).toMatch(/north cannot be reached now.*kept/);
    expect(conversation.trace).toMatchObject([{ kind: 'input-required', missing: 'another-node' }]);
    await give({ taskId });
    expect(await nodes.south.store.from(nodes.north.id, 1, 10)).toHaveLength(1);
    expect(await nodes.south.store.samples(0)).toHaveLength(1);
    nodes.isUp = true;
    await nodes.southPost.deliver(nodes.north.id);
    await answered('Twenty.');
    expect((await give({ taskId })).answers).toEqual(['Twenty.']);
  });

  it('that takes longer than the attempt is waited for later', async () => {
    const { answers } = await give({}, 2_500);
    expect(answers.join()).toMatch(/has the task and has not finished it yet/);
  });

  it('is not waited for when nobody waits any more', async () => {
    const signal = AbortSignal.timeout(200);
    const beganMs = performance.now();
    await expect(give({ signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  it.each([
    ['REJECTED', { kind: 'routing-refused', sentence: 'No.' }],
    ['FAILED', { kind: 'message-failed' }],
  ])('whose task ended as %s has it end so here', async (state, event) => {
    const giving = give();
    await eventually(async () => expect(await nodes.north.store.unanswered()).toHaveLength(1));
    await answered('No.', state);
    const { answers, conversation } = await giving;
    expect(answers).toEqual(['No.']);
    expect(conversation.trace.at(-1)).toMatchObject(event);
  });

  it('has a task that waits for it go on once its answer is here', async () => {
    const south = new LetterWork({
      ...{ tasks, letters: nodes.south.store, post: nodes.southPost, sha256 },
      ...{ isOurs: () => true, nameOf: () => 'north', hurry: () => undefined },
      onError: (error) => nodes.errors.push(error),
    });
    nodes.isUp = false;
    let attempts = 0;
    const end = await tasks.work('Away', async (task) => {
      attempts += 1;
      const { answers, conversation } = await give({ taskId: task.id });
      const [event] = conversation.trace;
      return event?.kind === 'input-required'
        ? { state: 'INPUT_REQUIRED', answer: answers.join(), waitingFor: 'another-node' }
        : { state: 'COMPLETED', answer: answers.join() };
    });
    const { id } = await tasks.submit(taskFor('Away'));
    expect((await tasks.waitFor(id)).state).toBe('INPUT_REQUIRED');
    south.start();
    nodes.isUp = true;
    await nodes.southPost.deliver(nodes.north.id);
    await answered('Twenty.');
    south.look();
    await eventually(async () =>
      expect(await tasks.get(id)).toMatchObject({ state: 'COMPLETED', answer: 'Twenty.' }),
    );
    expect(attempts).toBe(2);
    south.stop();
    await end();
  });
});

describe('names of agents', () => {
  const node = (id: string, name: string, ...agents: PeerAgent[]) => ({
    ...{ id, name, isReachable: true, agents },
  });

  it('are their own where they are free, and say the node where they are not', () => {
    const own = { names: new Set(['CTO Zara']), roles: new Set(['CTO']) };
    const zara = { ...MAYA, name: 'CTO Zara', role: 'CTO' };
    const named = nameAgents(
      [
        node('id-2-654321', 'north', MAYA, zara),
        node('id-1-123456', 'east', MAYA, zara),
        node('id-3-000007', 'east', zara),
      ],
      own,
    );
    expect(named.map(({ name, isSpare }) => `${name} ${String(isSpare)}`)).toEqual([
      'CFO Maya false',
      'CTO Zara@east true',
      'CFO Maya@north false',
      'CTO Zara@north true',
      'CTO Zara@east-000007 true',
    ]);
  });

  it('of this node are known once all have had time to start', async () => {
    let nowMs = 0;
    const staff = new OwnStaff({
      here: () => [{ ...MAYA, isLocal: true }],
      directory: async () => [],
      store: { saveStaff: async () => undefined, staff: async () => [] },
      isLeading: () => true,
      foreign: () => new Set(),
      elapsedMs: () => nowMs,
      onError: () => undefined,
    });
    expect([staff.has('CFO Maya'), staff.has('Nobody')]).toEqual([true, undefined]);
    nowMs = 61_000;
    expect(staff.has('Nobody')).toBe(false);
    expect(staff.own()).toEqual({ names: new Set(['CFO Maya']), roles: new Set(['CFO']) });
  });
});
