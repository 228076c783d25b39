import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { guestNamed, OWNER, type RuledAction } from '@371os/kernel';
import cometPlugin from '@371os/plugin-comet';
import { answering, RoutedCompany } from '../router/company-fixture.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const START_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), '371os-comet-'));
const output = join(folder, 'output');
const guest = guestNamed('ann');

const SPECIFICATION = `# Ticket shop

## 1. File locations
- src/: everything
## 2. Dependencies & integrations
- a payment service
## 3. Core functions and data schemas
### order()
Takes a seat.
## 4. Roadmap
1. Sell one ticket.`;
const WORKFLOW = (diagram: string): string => `\`\`\`mermaid
${diagram}
\`\`\`
## Ingestion pipeline
Mail comes in.
## Decision logic
By subject.
## Execution framework
One after the other.
## Cross-agent protocols
As tasks.`;
const DIAGRAM = 'flowchart TD\n  A["Mail <new>"] -->|bill| B{CFO?}\n  B --> C[Paid]';

let model: ScriptedModel;
let company: RoutedCompany;
beforeAll(async () => {
  model = await startScriptedModel();
  mkdirSync(join(folder, 'shortcuts'));
  company = await RoutedCompany.start(
    {
      OPENAI_API_KEY: 'sk-comet-0815',
      OPENAI_BASE_URL: model.baseUrl,
      OPENAI_SMALL_MODEL: 'gpt-4o-mini',
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
      TREASURY_GUEST_DAILY_CAP_USD: '1',
      COMET_OUTPUT_FOLDER: output,
      COMET_FOLDERS: folder,
    },
    [cometPlugin],
  );
  await company.hire('CEO Mimi', { role: 'CEO', examples: ['Set the strategy'] });
  await company.hire('CTO Zara', { role: 'CTO', examples: ['Fix the server'] });
}, START_MS);
afterAll(async () => {
  await company.stop();
  await model.close();
  rmSync(folder, { recursive: true });
}, START_MS);
beforeEach(() => {
  model.requests.length = 0;
  rmSync(output, { recursive: true, force: true });
});

function answers(...texts: string[]): void {
  const left = [...texts];
  model.setReply(() => elizaReply(left.length > 1 ? (left.shift() ?? '') : (left[0] ?? '')));
}
const asked = (): string[] => model.requests.map(({ prompt }) => prompt);

describe('/generate-dev-docs', () => {
  test('gives its office the prompt as a task, and writes the checked output into a file', async () => {
    answers(SPECIFICATION);
    const { text, tasks, costPico } = await company.ask(
      '/generate-dev-docs a shop for tickets --depth brief',
    );
    expect(text).toMatch(/^The output of \/generate-dev-docs is checked and in .*\.md\./);
    expect(text).toMatch(
      /— CTO Zara \(openai:gpt-4o-mini, \$0\.\d+\): \/generate-dev-docs is its work/,
    );
    expect(tasks).toMatchObject([{ agent: 'CTO Zara', state: 'COMPLETED' }]);
    expect(tasks[0]?.text).toContain('a shop for tickets\n\nDetail: brief. Stack: the stack that');
    expect(tasks[0]?.text).toContain('## Core functions and data schemas');
    expect(costPico).toBeGreaterThan(0n);
    expect(await company.treasury.taskCost(tasks[0]?.id ?? '')).toBe(costPico);
    const [name = ''] = readdirSync(output);
    expect(name).toMatch(/^generate-dev-docs-a-shop-for-tickets-[0-9a-f]{8}\.md$/);
    expect(readFileSync(join(output, name), 'utf8')).toBe(`${SPECIFICATION}\n`);
    expect((await company.ask('/why')).text).toMatch(/CTO Zara: \/generate-dev-docs is its work/);
  });

  test('has an output mended once that lacks a section', async () => {
    answers(SPECIFICATION.replace(/## 4[^]*/, ''), SPECIFICATION);
    const { text, tasks } = await company.ask('/generate-dev-docs a shop --to room');
    expect(text).toContain('Sell one ticket.');
    expect(tasks.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED']);
    expect(tasks[1]?.text).toContain('- the section "Roadmap" is missing');
    expect(tasks[1]?.text).toContain('a shop');
  });

  test('says what is wrong with one that stays so, and hands nothing out', async () => {
    answers('I would rather not.');
    const { text, tasks } = await company.ask('/generate-dev-docs a shop');
    expect(text).toMatch(
      /^\/generate-dev-docs did not give .*"File locations" is missing; .*Ask again/,
    );
    expect(tasks).toHaveLength(2);
    expect(readdirSync(folder)).not.toContain('output');
  });

  test('refuses what cannot be before anything is spent', async () => {
    for (const [text, refusal] of [
      ['/generate-dev-docs', /^SUBJECT is missing\. Write \/generate-dev-docs SUBJECT \[--depth/],
      ['/generate-dev-docs a shop --depth deep', /--depth cannot be "deep": one of brief, full/],
      ['/generate-dev-docs a shop --dept full', /no --dept\. Did you mean --depth\?/],
      ['/generate-dev-docs a shop --to jetbrains_space', /discontinued on 2025-06-01: use you/],
      ['/generate-dev-docs a shop --file ../../etc/motd', /is no name for a file here/],
      ['/generate-dev-docs a shop --file .ssh', /is no name for a file here/],
      [`/generate-dev-docs ${'long '.repeat(6_000)}`, /more than|are the most/],
      ['/generate-dev-dosc a shop', /Did you mean \/generate-dev-docs\?/],
    ] as const)
      expect((await company.ask(text)).text).toMatch(refusal);
    expect(model.requests).toEqual([]);
  });

  test('gives a guest the output in the room, and no file', async () => {
    answers(SPECIFICATION);
    const { text } = await company.ask('/generate-dev-docs a shop', { principal: guest });
    expect(text).toContain('Sell one ticket.');
    const refused = await company.ask('/generate-dev-docs a shop --to file', { principal: guest });
    expect(refused.text).toMatch(/^Only the owner or an admin may have an output put into a file/);
    expect(readdirSync(folder)).not.toContain('output');
  });

  test('writes under a name that was given, and over nothing', async () => {
    answers(SPECIFICATION);
    await company.ask('/generate-dev-docs a shop --file Developer_Specification');
    answers(SPECIFICATION.replace('shop', 'stall'));
    await company.ask('/generate-dev-docs a stall --file Developer_Specification.md');
    expect(readdirSync(output).sort()).toEqual([
      'Developer_Specification-2.md',
      'Developer_Specification.md',
    ]);
  });
});

describe('/prototype-agent-workflow', () => {
  test('answers with a diagram that parses', async () => {
    answers(WORKFLOW(DIAGRAM));
    const { text, tasks } = await company.ask('/prototype-agent-workflow mail to payment');
    expect(text).toContain('B{CFO?}');
    expect(tasks).toHaveLength(1);
  });

  test('has a diagram mended that does not parse, with what the parser said', async () => {
    answers(WORKFLOW('flowchart TD\n  A[Mail --> B'), WORKFLOW(DIAGRAM));
    const { text, tasks } = await company.ask('/prototype-agent-workflow mail to payment');
    expect(text).toContain('B{CFO?}');
    expect(tasks[1]?.text).toMatch(/- the Mermaid diagram does not parse: Parse error on line \d/);
  });

  test('says so when there is none at the second attempt either', async () => {
    answers(WORKFLOW('').replace('mermaid', 'text'));
    const { text } = await company.ask('/prototype-agent-workflow mail to payment');
    expect(text).toMatch(/no diagram in a ```mermaid block.*Nothing was handed out/s);
  });
});

test('every shortcut resolves and runs', async () => {
  answers('Too short.');
  for (const name of [
    ...['create-agent-spec', 'prototype-workflow', 'validate-business-logic', 'research-niche'],
    ...['analyze-persona', 'design-funnel', 'test-monetization'],
  ]) {
    const { text, tasks } = await company.ask(`/${name} rare succulents`);
    expect(text).toMatch(new RegExp(`^/${name} did not give what it has to.*is missing`));
    expect(tasks[0]?.text).toContain('rare succulents');
  }
}, 60_000);

describe('a shortcut of somebody', () => {
  const put = (name: string, text: string): void => {
    mkdirSync(join(folder, 'shortcuts', name), { recursive: true });
    writeFileSync(join(folder, 'shortcuts', name, 'SKILL.md'), text);
  };

  test('runs as soon as its file is there, listed and explained', async () => {
    answers('Ahoy!');
    const text =
      '---\nname: greet\ndescription: Greets somebody.\nmetadata:\n  args: "subject: text - who"\n---\nGreet {{subject}}.';
    put('greet', text);
    expect((await company.ask('/greet the crew')).text).toMatch(/^Ahoy!/);
    expect((await company.ask('/help greet')).text).toMatch(
      /^\/greet SUBJECT \[--to VALUE\] .* - Greets somebody\.\n {2}SUBJECT: who\n/,
    );
    expect((await company.ask('/help')).text).toContain('/greet SUBJECT');
    put('greet', text.replace('name: greet', 'name: meet'));
    expect((await company.ask('/greet the crew')).text).toMatch(/cannot be run.*line 2: name/);
    expect((await company.ask('/shortcuts')).text).toMatch(/SKILL\.md, line 2: name: it is "meet"/);
  });
});

test('what is asked in confidence stays on this machine', async () => {
  answers(SPECIFICATION);
  const { text } = await company.ask('/private /generate-dev-docs the secret of the crown');
  expect(asked()).toEqual([]);
  expect(text).toMatch(/no(ne| language model| model on this machine)/);
  const [run] = await company.tasks.list({ requesterId: OWNER.id, limit: 1 });
  expect(run).toMatchObject({ isConfidential: true, state: 'INPUT_REQUIRED' });
});

describe('plain words', () => {
  test('are offered a shortcut, which is not run, and handed on when they are said again', async () => {
    answers('It needs a till.');
    const text = 'Write developer docs for a ticket shop';
    const offer = await company.ask(text, { room: 'offer' });
    expect(offer.text).toMatch(
      /^There is a shortcut for this:\n\/generate-dev-docs SUBJECT \[--depth VALUE\]/,
    );
    expect(offer.tasks).toEqual([]);
    expect(model.requests).toEqual([]);
    const again = await company.ask(text, { room: 'offer' });
    expect(again).toMatchObject({ tasks: [{ state: 'COMPLETED', answer: 'It needs a till.' }] });
  });

  test('that an officer has a rule for go to that officer', async () => {
    const works = answering(() => 'Written by rule.');
    const writing: RuledAction = {
      name: 'KEEP_KIOSK',
      description: 'Does all that is about kiosks.',
      examples: [],
      rule: (said) => (said.includes('kiosk') ? {} : undefined),
      validate: () => Promise.resolve(true),
      handler: works,
    };
    const plugin = { name: 'kiosk', description: 'Kiosks.', actions: [writing] };
    const settings = { routing: { role: 'KIOSK', examples: ['Open the kiosk'] } };
    await company.hireAs(randomUUID(), 'Scribe', settings, works, [plugin]);
    const { tasks } = await company.ask('Write developer docs for a kiosk', { room: 'rule' });
    expect(tasks).toMatchObject([
      { agent: 'Scribe', reason: 'it is the one who has a rule for it' },
    ]);
    await company.dismiss('Scribe');
  });
});

describe('/workspace', () => {
  const inRoom = async (text: string, principal = OWNER): Promise<string> =>
    (await company.ask(text, { room: 'lab', principal })).text;

  test('lists, provisions the room and leaves it', async () => {
    expect(await inRoom('/workspace')).toMatch(/community_platform_research: .*\ncsuite_agent/s);
    expect(await inRoom('/workspace csuite agents')).toMatch(/no workspace "csuite agents"/);
    expect(await inRoom('/workspace csuite_agent_developmnt')).toMatch(
      /Did you mean csuite_agent_development\?/,
    );
    expect(await inRoom('/workspace csuite_agent_development', guest)).toMatch(
      /^Only the owner or/,
    );
    expect(await inRoom('/workspace csuite_agent_development')).toMatch(
      /Agents: CTO Zara \(CTO\)\.\nNobody here is CPO or CLO\.\nShortcuts: \/create-agent-spec, /,
    );
    expect(await inRoom('/workspace')).toContain('csuite_agent_development (this room)');
    answers('Noted.');
    const { tasks } = await company.ask('Plan a marketing campaign for spring', { room: 'lab' });
    expect(tasks[0]).toMatchObject({ agent: 'CTO Zara', reason: expect.stringContaining('CTO') });
    expect(asked().join()).toContain('This room works on the agents of the C-suite');
    model.requests.length = 0;
    expect(await inRoom('/workspace off')).toBe(
      'This room no longer works on csuite_agent_development.',
    );
    const after = await company.ask('Plan a marketing campaign for spring again', { room: 'lab' });
    expect(after.tasks[0]?.agent).toBe('CEO Mimi');
    expect(asked().join()).not.toContain('This room works on the agents of the C-suite');
  });
});
