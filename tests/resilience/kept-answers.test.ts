import { PGlite } from '@electric-sql/pglite';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from '@jest/globals';
import { guestNamed, type RuledAction } from '@371os/kernel';
import resiliencePlugin, {
  cidOf,
  ContentStore,
  Database,
  isQuestion,
  Library,
  passageOf,
  resilienceOf,
  topicOf,
  type Content,
  type Libp2pMesh,
  type OpenedMesh,
} from '@371os/plugin-resilience';
import { drizzle } from 'drizzle-orm/pglite';
import { gatewayOf } from '@371os/plugin-gateway';
import { RoutedCompany } from '../router/company-fixture.ts';
import { freePort } from '../support/company.ts';
import { eventually } from '../support/eventually.ts';
import { elizaReply, startScriptedModel } from '../support/scripted-model.ts';
import { MESH_KEY, startMesh, stopMeshes } from './mesh-fixture.ts';

const START_MS = 120_000;
const QUESTION = 'How long is the warranty of the blue pump?';
const PUMP = 'The warranty of the blue pump lasts 17 months.';
const ANN = guestNamed('ann');

describe('a question', () => {
  it.each([
    QUESTION,
    'what is the code of the gate',
    'Hello, where is the key?',
    'Wie lange gilt die Garantie der Pumpe?',
    'ポンプの保証はどのくらいですか？',
    'Can you tell me who has the key?',
  ])('is read: %s', (text) => expect(isQuestion(text)).toBe(true));

  it.each([
    '',
    'Restart the blue pump.',
    'Can you restart the blue pump?',
    'Please write a tagline for the blue pump',
    'Is the pump on? And who has the key?',
    `What is ${'x'.repeat(600)}?`,
  ])('is not: %s', (text) => expect(isQuestion(text)).toBe(false));

  it('is about its own words', () => {
    expect(topicOf(QUESTION)).toEqual(['warranty', 'blue', 'pump']);
    expect(topicOf('What is it?')).toEqual([]);
  });
});

describe('a passage', () => {
  const filler = 'Nothing of that is here. '.repeat(40);

  it('is where most of the words are, at whole sentences', () => {
    const text = `A pump.  ${filler}${PUMP} Then more. ${filler}`;
    expect(passageOf(text, ['warranty', 'blue', 'pump'], 60)).toBe(`... ${PUMP} Then more. ...`);
  });

  it.each([
    ['a short text, whole', PUMP, ['pump'], PUMP],
    ['one without a word, from its beginning', 'One. Two. Three.', ['four'], 'One. Two. ...'],
    ['a sentence that is too long, cut', `pump ${'x'.repeat(99)}`, ['pump'], 'pump xxxxx ...'],
    ['nothing', '', ['pump'], ''],
  ])('of %s', (_what, text, words, shown) =>
    expect(passageOf(text, words, text === PUMP ? 60 : 10)).toBe(shown),
  );
});

describe('the front desk in backup mode', () => {
  let company: RoutedCompany;
  let mesh: OpenedMesh;
  let modelPort: number;
  let north: { mesh: Libp2pMesh; library: Library };
  let database: PGlite;

  beforeAll(async () => {
    const port = await freePort();
    modelPort = await freePort();
    const models = `http://127.0.0.1:${String(modelPort)}`;
    company = await RoutedCompany.start(
      {
        ...{ RESILIENCE_MESH_KEY: MESH_KEY, RESILIENCE_NODE_NAME: 'south' },
        ...{ LOCAL_MODEL_DISCOVERY: 'true', MODEL_PROBE_MS: '100' },
        ...{ OLLAMA_API_ENDPOINT: models, LOCALAI_BASE_URL: `${models}/v1` },
        RESILIENCE_MESH_LISTEN: `/ip4/127.0.0.1/tcp/${String(port)}`,
      },
      [resiliencePlugin],
    );
    await company.hire('Porter', { examples: ['Who has the key of the gate?'] });
    const opened = (await engine()).mesh;
    if (!opened) throw new RangeError('there is no mesh');
    mesh = opened;
    database = await copyDatabase();
    north = await startNorth(port);
    await eventually(async () =>
      expect(mesh.view.peers()).toMatchObject([{ name: 'north', isReachable: true }]),
    );
    await keep(PUMP, { title: 'Pumps' });
  }, START_MS);
  afterAll(async () => {
    await stopMeshes();
    await database.close();
    await company.stop();
  }, START_MS);
  afterEach(() => leave());

  function engine(): ReturnType<typeof resilienceOf> {
    return resilienceOf(company.agent('Front Desk'));
  }

  // ElizaOS opens one PGlite a process.
  async function copyDatabase(): Promise<PGlite> {
    const own = (await company.agent('Front Desk').getConnection()) as PGlite;
    return PGlite.create({ loadDataDir: await own.dumpDataDir('none') });
  }

  async function startNorth(port: number): Promise<typeof north> {
    const peers = [`/ip4/127.0.0.1/tcp/${String(port)}`];
    const own = await startMesh('north', { peers });
    const store = new ContentStore(new Database(drizzle(database)));
    const init = { self: own.id, nodeName: own.name, store, cidOf, onError: () => undefined };
    const library = new Library({ ...init, mesh: () => own });
    library.serve(own);
    return { mesh: own, library };
  }

  function keep(text: string, more: Partial<Content> = {}): Promise<string> {
    const made = { kind: 'document', title: 'Note', audience: 'everyone' } as const;
    const madeAtMs = Date.UTC(2026, 0, 2, 3, 4);
    return north.library.keep(`test:${text}`, { ...made, madeAtMs, text, ...more });
  }

  async function enter(): Promise<void> {
    await (await engine()).backup.mode.change('backup', { by: 'owner', cause: 'a test' });
  }

  async function leave(): Promise<void> {
    await (await engine()).backup.mode.change('normal', { by: 'owner', cause: 'the next test' });
  }

  it('answers from what only another node has, and says that and where it is from', async () => {
    const before = await company.ask(QUESTION);
    expect(before.tasks).toMatchObject([{ state: 'INPUT_REQUIRED' }]);
    await enter();
    const { text, tasks, costPico } = await company.ask(QUESTION, { principal: ANN });
    expect(text).toMatch(
      /not a new answer, but what north has kept:\n\nThe warranty .* 17 months\./,
    );
    expect(text).toMatch(/— "Pumps", a document, made 2026-01-02 03:04 UTC\. bafk\w+$/);
    expect({ tasks, costPico }).toEqual({ tasks: [], costPico: 0n });
  });

  it('shows nobody what is not for them', async () => {
    await keep('The code of the silver safe is 4711.', { audience: 'admin' });
    await enter();
    const asked = 'What is the code of the silver safe?';
    expect((await company.ask(asked)).text).toContain('4711');
    const { text, tasks } = await company.ask(asked, { principal: ANN });
    expect(text).not.toContain('4711');
    expect(tasks).toMatchObject([{ state: 'INPUT_REQUIRED' }]);
  });

  test.each([
    ['a question that nobody has kept anything on', 'What is the colour of the red lamp?'],
    ['one that only a part of it fits', 'How long is the guarantee of the green pump?'],
    ['what is to be done', 'Order a blue pump with a warranty'],
  ])('has %s wait for a model as before', async (_what, text) => {
    await enter();
    expect((await company.ask(text)).tasks).toMatchObject([{ state: 'INPUT_REQUIRED' }]);
  });

  it('tells other nodes nothing of a confidential question', async () => {
    await keep('The yellow ladder stands in the shed.');
    await enter();
    const asked = 'Where does the yellow ladder stand?';
    expect((await company.ask(`/private ${asked}`)).text).not.toContain('shed');
    expect((await company.ask(asked)).text).toContain('shed');
  });

  it('leaves a question to an officer who has a rule for it', async () => {
    const colour: RuledAction = {
      ...{ name: 'TELL_CRANE', description: 'Tells the colour of the crane.', examples: [] },
      rule: (text) => (/crane/.test(text) ? {} : undefined),
      validate: () => Promise.resolve(true),
      handler: async (_runtime, _message, _state, _options, callback) => {
        await callback?.({ text: 'It is orange.', actions: ['TELL_CRANE'] });
        return { success: true };
      },
    };
    company.agent('Porter').registerAction(colour);
    await keep('The crane is of the colour blue.');
    await enter();
    const { text, tasks } = await company.ask('Of which colour is the crane?');
    expect(tasks).toMatchObject([{ agent: 'Porter', state: 'COMPLETED' }]);
    expect(text).toMatch(/^It is orange\./);
  });

  it('leaves a question to a language model on this machine', async () => {
    const gateway = await gatewayOf(company.agent('Front Desk'));
    await enter();
    const local = await startScriptedModel({
      ...{ port: modelPort, ollamaModels: ['llama3'], reply: elizaReply('It is 18 months now.') },
    });
    try {
      await eventually(async () => expect(gateway.hasLanguageModel()).toBe(true));
      const { text, tasks } = await company.ask(QUESTION);
      expect(tasks).toMatchObject([{ agent: 'Porter', state: 'COMPLETED' }]);
      expect(text).toMatch(/^It is 18 months now\./);
    } finally {
      await local.close();
    }
    await eventually(async () => expect(gateway.hasLanguageModel()).toBe(false));
    expect((await company.ask(QUESTION)).text).toContain('17 months');
  });

  it('still answers when the node that had it is gone', async () => {
    await enter();
    await company.ask(QUESTION);
    await north.mesh.stop();
    expect((await company.ask(QUESTION)).text).toContain('17 months');
  });
});
