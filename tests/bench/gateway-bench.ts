// What gateways add to a model call: the same server on loopback, a process of its own, asked
// directly, through Portkey's gateway, and through ours, which also counts, prices, reserves and
// records on PGlite: by a service call, by ElizaOS's useModel, and over HTTP. They take turns, so
// that a busy machine is busy for all of them. Then embeddings.
import '../../scripts/launcher/environment-defaults.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelType } from '@elizaos/core';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { gatewayOf } from '@371os/plugin-gateway';
import { treasuryOf } from '@371os/plugin-treasury';
import { startAgents } from '../gateway/agents-fixture.ts';
import { freePort, startChild } from './child-program.ts';
import { paidEndpoint, withDirectory } from './launch-company.ts';
import { median, millisecondsOf, percentile, report, tell } from './report.ts';

// These are servers that run for days: what is measured is compiled code, of all of them.
const WARM_UP = 1_000;
const TURNS = 20;
const CALLS_A_TURN = 20;
const AT_ONCE = 16;
const CALLS_AT_ONCE = 400;
// As agents ask: what was said before comes again, and something new at its end.
const HISTORY = 'All work and no play makes a dull agent. '.repeat(200);
let asked = 0;
const nextPrompt = (): string =>
  `${HISTORY}\nQuestion ${String((asked += 1))}: how much work is left?`;

type Call = () => Promise<unknown>;

const pathOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier));

async function ask(url: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      max_tokens: 1_000,
      messages: [{ role: 'user', content: nextPrompt() }],
    }),
  });
  const body = await response.text();
  if (!response.ok || !body.includes('A short answer.'))
    throw new RangeError(`${url} answered ${String(response.status)}: ${body}`);
}

async function repeat(call: Call, calls: number, lanes: number): Promise<void> {
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Milliseconds of each call, the ways taking turns. */
async function timesOf(ways: Readonly<Record<string, Call>>): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (const call of Object.values(ways)) await repeat(call, WARM_UP, 1);
  for (let turn = 1; turn <= TURNS; turn += 1) {
    for (const [name, call] of Object.entries(ways))
      for (let number = 0; number < CALLS_A_TURN; number += 1)
        times.get(name)?.push(await millisecondsOf(call));
    if (turn % 5 === 0) tell(`turn ${String(turn)} of ${String(TURNS)}`);
  }
  return times;
}

async function compare(ways: Readonly<Record<string, Call>>): Promise<void> {
  const times = await timesOf(ways);
  const [direct = '', ...others] = Object.keys(ways);
  const at = (name: string, share: number): number => percentile(times.get(name) ?? [], share);
  for (const name of others)
    for (const [label, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const)
      report({
        bench: `added ${label}, ${name}`,
        unit: 'ms',
        value: at(name, share) - at(direct, share),
        baseline: direct,
        baselineValue: at(direct, share),
      });
  const rates = new Map<string, number>();
  for (const [name, call] of Object.entries(ways)) {
    const ms = await millisecondsOf(() => repeat(call, CALLS_AT_ONCE, AT_ONCE));
    rates.set(name, (CALLS_AT_ONCE * 1_000) / ms);
  }
  for (const name of others)
    report({
      bench: `${String(AT_ONCE)} at once, ${name}`,
      unit: 'a second',
      value: rates.get(name) ?? Number.NaN,
      baseline: direct,
      baselineValue: rates.get(direct) ?? Number.NaN,
    });
}

await withDirectory(async (directory) => {
  tell('starting the model server, Portkey and the company');
  const upstream = await startChild([pathOf('./upstream-child.ts')], /v1\n/);
  const baseUrl = upstream.output.trim();
  const [portkeyPort, companyPort] = [await freePort(), await freePort()];
  const portkey = await startChild(
    [
      ...['--import', pathOf('./loopback-only.js')],
      pathOf('@portkey-ai/gateway/build/start-server.js'),
      ...['--headless', `--port=${String(portkeyPort)}`],
    ],
    /Ready/,
  );
  const company = await startChild(
    ['--conditions=@371os/source', pathOf('../../scripts/main.js'), 'start'],
    /371OS ready/,
    { ...paidEndpoint(baseUrl), DATA_DIR: directory, SERVER_PORT: String(companyPort) },
  );
  const token = readFileSync(join(directory, 'owner-token'), 'utf8').trim();
  const agents = await startAgents({ Maya: { settings: paidEndpoint(baseUrl) } });
  const maya = agents.agent('Maya');
  const gateway = await gatewayOf(maya);
  const asOwner = (call: Call): Promise<unknown> =>
    inConversation(startConversation({ principal: OWNER }), call);

  await compare({
    'a direct call': () => ask(baseUrl),
    'through Portkey over HTTP': () =>
      ask(`http://127.0.0.1:${String(portkeyPort)}/v1`, {
        authorization: 'Bearer none',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': baseUrl,
      }),
    'through our gateway, a service call': () =>
      asOwner(() => gateway.answerText(ModelType.TEXT_LARGE, { prompt: nextPrompt() })),
    'through our gateway, useModel': () =>
      asOwner(() => maya.useModel(ModelType.TEXT_LARGE, { prompt: nextPrompt() })),
    'through our gateway over HTTP': () =>
      ask(`http://127.0.0.1:${String(companyPort)}/v1`, {
        authorization: `Bearer ${token}`,
      }),
  });
  tell(`Portkey: ${portkey.errors() || 'did not dial out'}`);
  const rows = await (await treasuryOf(maya)).ledger({ limit: 100_000 });
  tell(`${String(rows.filter(({ status }) => status === 'ok').length)} calls in our ledger here`);

  let number = 0;
  const embedding = (): Promise<unknown> =>
    gateway.embed([`What did agent number ${String(number++)} spend on hosting this month?`]);
  await repeat(embedding, 5, 1);
  const times: number[] = [];
  for (let sentence = 0; sentence < 50; sentence += 1) times.push(await millisecondsOf(embedding));
  report({
    bench: 'embedding of a sentence, p99',
    unit: 'ms',
    value: percentile(times, 0.99),
    baseline: 'p50',
    baselineValue: median(times),
  });
  await agents.stop();
  await company.stop();
  await portkey.stop();
  await upstream.stop();
});
process.exit(0);
