import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { guestNamed, OWNER, parseUsd, type Principal } from '@371os/kernel';
import { akashOf, PLAN_KIND, readPlan } from '@371os/plugin-akash';
import { treasuryOf } from '@371os/plugin-treasury';
import { AkashAgent } from './agent-fixture.ts';

const admin: Principal = { id: 'telegram:5', role: 'admin', proof: 'platform' };
const guest = guestNamed('ann');
const REQUEST = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';

const folder = mkdtempSync(join(tmpdir(), '371os-sdl-'));
const sdl = (denom: string, password = 'secret:DB'): string => `version: "2.0"
services:
  db:
    image: postgres:17
    env:
      - POSTGRES_PASSWORD=${password}
    expose:
      - port: 5432
        to:
          - global: true
profiles:
  compute:
    main:
      resources:
        cpu: { units: 1 }
        memory: { size: 1Gi }
        storage: { size: 10Gi }
  placement:
    akash:
      attributes: { region: eu-central }
      pricing:
        main: { denom: ${denom}, amount: 10 }
deployment:
  db:
    akash: { profile: main, count: 1 }
`;

let agent: AkashAgent;
beforeAll(async () => {
  mkdirSync(join(folder, 'sdl'));
  writeFileSync(join(folder, 'outside.yaml'), sdl('uact'));
  writeFileSync(join(folder, 'sdl', 'db.yaml'), sdl('uact'));
  writeFileSync(join(folder, 'sdl', 'old.yaml'), sdl('uakt'));
  writeFileSync(join(folder, 'sdl', 'leaky.yaml'), sdl('uact', 'hunter2'));
  symlinkSync(join(folder, 'outside.yaml'), join(folder, 'sdl', 'link.yaml'));
  agent = await AkashAgent.start({
    AKASH_SDL_DIRECTORY: join(folder, 'sdl'),
    AKASH_SECRETS: JSON.stringify({ DB: 'value-of-db' }),
  });
}, 60_000);
afterAll(async () => {
  await agent.runtime.stop();
  rmSync(folder, { recursive: true });
});

test('a plan can be asked for as a command, with flags', async () => {
  const said = await agent.ask(
    OWNER,
    '/deploy nginx:alpine --cpu 0.5 --memory 512Mi --max-cost 5 --regions eu --env MODE=quiet',
  );
  expect(said).toMatch(/^Plan \(dry run: nothing is spent yet\): nginx:alpine/);
  const { approvals } = await treasuryOf(agent.runtime);
  const approval = await approvals.get(idIn(said));
  const { sdl } = readPlan(approval);
  for (const part of ['nginx:alpine', 'MODE=quiet']) expect(JSON.stringify(sdl)).toContain(part);
  expect(await agent.ask(OWNER, `/decline ${approval.id}`)).toMatch(/is declined/);
  expect(await agent.ask(guest, '/deploy nginx')).toMatch(/Only the owner or an admin may/);
  expect(await agent.ask(OWNER, '/deploy nginx --max-cots 5')).toMatch(
    /^There is no --max-cots\. Did you mean --max-cost\?/,
  );
  expect(await agent.ask(OWNER, '/deploy db.yaml')).toMatch(/^Plan .*postgres:17/s);
});

const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? 'no id';

describe('a plan by chat, without a language model', () => {
  test('says what it costs, what it saves, what was assumed, and what approves it', async () => {
    const answer = await agent.ask(OWNER, REQUEST);
    expect(answer).toMatch(/^Plan \(dry run: nothing is spent yet\): nginx:alpine on Akash\./);
    expect(answer).toContain('0.5 CPU, 512 MiB of memory, 10 GiB of storage');
    expect(answer).toContain('port 80/http');
    expect(answer).toContain('Most it may cost: $5.00 a month.');
    expect(answer).toContain("$1.46 (providers' default prices) to $3.74");
    expect(answer).toContain(
      'AWS Fargate (us-east-1, Linux x86): $16.41 at list price of 2026-06-17; Akash is 77.2 % to 91.1 % cheaper.',
    );
    expect(answer).toContain(
      'Not said, so taken: 10 GiB of storage, one replica, nothing kept over restarts.',
    );
    expect(answer).toMatch(/\/approve [0-9A-Z]{8}\n.*nothing is deployed or paid\.$/);
  });

  test('is kept under an id and the digest of exactly that plan', async () => {
    const { approvals } = await treasuryOf(agent.runtime);
    const approval = await approvals.get(idIn(await agent.ask(admin, REQUEST)));
    expect(approval).toMatchObject({
      kind: PLAN_KIND,
      state: 'pending',
      minimumRole: 'owner',
      amountPico: parseUsd('5'),
    });
    const plan = readPlan(approval);
    expect(approval.digest).toBe(approvals.digestOf(plan));
    expect(plan).toMatchObject({
      placements: [{ name: 'akash', regions: ['eu'] }],
      maximumUsd: '5.00',
      secrets: [],
    });
    expect(JSON.stringify(plan.sdl)).toContain('"denom":"uact","amount":"11.407899"');
  });

  test('is approved by the owner alone, and the approval says that nothing was deployed', async () => {
    const id = idIn(await agent.ask(admin, REQUEST));
    expect(await agent.ask(admin, `/approve ${id}`)).toMatch(/Only the owner/);
    expect(await agent.ask(OWNER, `/approve ${id}`)).toMatch(
      /Nothing has been deployed and nothing paid: deploying needs a node of an Akash network/,
    );
    const { approvals } = await treasuryOf(agent.runtime);
    expect((await approvals.get(id)).state).toBe('granted');
    await expect(approvals.consume(id, 'another digest')).rejects.toThrow(/changed plan/);
  });

  test('is not made for guests, who may compare', async () => {
    expect(await agent.ask(guest, REQUEST)).toBe(
      'Only the owner or an admin may plan deployments.',
    );
    const answer = await agent.ask(
      guest,
      'What does hosting 16 cpus, 32 GiB of memory and 200 GiB of storage cost on Akash compared with AWS?',
    );
    expect(answer).toContain('On Akash: $');
    expect(answer).toContain(
      'erhaps cheaper than Akash: a whole server (Hetzner CPX51, $65.81, 2026-08-06)',
    );
  });

  test('asks for all that is missing in one message, and keeps nothing', async () => {
    const { approvals } = await treasuryOf(agent.runtime);
    const before = (await approvals.pending()).length;
    const answer = await agent.ask(OWNER, 'deploy our website on akash in mars for 5 dollars');
    expect(answer).toMatch(
      /container image[\s\S]*\$5 the most for a month[\s\S]*"mars"[\s\S]*Nothing was planned/,
    );
    expect((await approvals.pending()).length).toBe(before);
  });

  test.each([
    ['deploy nginx$(id) on akash', /dockerImage/],
    ['deploy nginx;reboot', /dockerImage/],
    ['deploy nginx:alpine for -5 dollars a month', /maxCost/],
    ['deploy nginx on port 70000', /ports/],
    ['deploy nginx with 0 replicas', /replicas/],
    ['deploy nginx with DB_PASSWORD=hunter2', /AKASH_SECRETS/],
  ])('%s is refused', async (text, reason) => {
    const answer = await agent.ask(OWNER, text);
    expect(answer).toMatch(reason);
    expect(answer).not.toMatch(/hunter2|approve/);
  });

  test('takes the fields of a program, and gives structure back', async () => {
    const fields = {
      dockerImage: 'ghcr.io/acme/api:1',
      replicas: 2,
      redundancy: 2,
      regions: ['us-west', 'eu-central'],
      maxCost: 40,
      environment: { DB_PASSWORD: 'secret:DB' },
    };
    const result = await agent.act(OWNER, 'DEPLOY_TO_AKASH', fields);
    expect(result.success).toBe(true);
    expect(result.data).toMatchObject({
      actionName: 'DEPLOY_TO_AKASH',
      plan: {
        placements: [
          { name: 'akash-1', regions: ['us-west'] },
          { name: 'akash-2', regions: ['eu-central'] },
        ],
        maximumUsd: '40.00',
        secrets: ['DB'],
      },
      costOptimization: { estimatedMonthlyCost: { low: expect.any(Number) } },
    });
    expect(JSON.stringify(result)).not.toContain('value-of-db');
  });
});

describe('an SDL file', () => {
  test('is planned at its own prices, its secrets by reference', async () => {
    const answer = await agent.ask(OWNER, 'deploy db.yaml');
    expect(answer).toContain('postgres:17 on Akash');
    expect(answer).toContain('Most it may cost: $4.382928 a month.');
    expect(answer).toContain('Secrets are filled in when it is deployed: DB.');
    const { approvals } = await treasuryOf(agent.runtime);
    const plan = readPlan(await approvals.get(idIn(answer)));
    const { planner, settings } = await akashOf(agent.runtime);
    expect(
      JSON.stringify(planner.manifestOf(plan, (name) => settings.AKASH_SECRETS[name]).manifest),
    ).toContain('POSTGRES_PASSWORD=value-of-db');
    expect(() => planner.manifestOf(plan, () => undefined)).toThrow(/no secret "DB"/);
  });

  test.each([
    ['old.yaml', /paid|payment.*uact.*profiles\.placement\.akash\.pricing\.main\.denom/],
    ['leaky.yaml', /written out at services\.db\.env\[0\]/],
    ['../outside.yaml', /no such file/],
    ['link.yaml', /no such file/],
    ['none.yaml', /no such file/],
  ])('%s is refused', async (name, reason) => {
    const answer = await agent.ask(OWNER, `deploy ${name}`);
    expect(answer).toMatch(reason);
    expect(answer).not.toContain('hunter2');
  });

  test('cannot cost more than what is asked for beside it', async () => {
    const result = await agent.act(OWNER, 'DEPLOY_TO_AKASH', { sdl: sdl('uact'), maxCost: 4 });
    expect(result.text).toMatch(/maxCost: the prices in the SDL allow up to \$4\.382928/);
  });
});

describe('words that no rule reads', () => {
  test('may be read by a model, which sets neither image nor maximum', async () => {
    agent.model.object = { storage: '20Gi', dockerImage: 'evil:latest', maxCost: '9999' };
    const answer = await agent.ask(
      OWNER,
      'deploy nginx:alpine with twenty gigs for its files on disk somewhere',
    );
    agent.model.object = undefined;
    expect(answer).toContain('nginx:alpine');
    expect(answer).not.toMatch(/evil|9999/);
  });

  test.each<[string, Record<string, unknown> | undefined]>([
    ['nonsense', { storage: 'lots', regions: 'mars' }],
    ['nothing', undefined],
  ])('are named in the plan when a model answers %s', async (_name, object) => {
    agent.model.object = object;
    const answer = await agent.ask(OWNER, 'deploy nginx:alpine with a GPU');
    agent.model.object = undefined;
    expect(answer).toContain('I could not use: "GPU"');
    expect(answer).toContain('10 GiB of storage');
  });
});
