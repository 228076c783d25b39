// What the gateway adds to a model call: the same scripted server on loopback asked directly and
// through the gateway, which counts, prices, reserves and settles on PGlite; and embeddings.
import '../../scripts/launcher/environment-defaults.ts';
import { ModelType } from '@elizaos/core';
import { inConversation, OWNER, startConversation } from '@371os/kernel';
import { gatewayOf } from '@371os/plugin-gateway';
import { startAgents } from '../gateway/agents-fixture.ts';
import { startScriptedModel } from '../support/scripted-model.ts';

const CALLS = 200;
const WARM_UP = 20;

async function measure(what: string, calls: number, call: () => Promise<unknown>): Promise<void> {
  for (let number = 0; number < WARM_UP; number += 1) await call();
  const times: number[] = [];
  for (let number = 0; number < calls; number += 1) {
    const begin = performance.now();
    await call();
    times.push(performance.now() - begin);
  }
  times.sort((left, right) => left - right);
  const at = (share: number): number =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 100) / 100;
  process.stdout.write(`${JSON.stringify({ what, calls, p50Ms: at(0.5), p99Ms: at(0.99) })}\n`);
}

process.env['LOG_LEVEL'] = 'fatal';
const server = await startScriptedModel({ reply: 'A short answer.' });
const agents = await startAgents({
  Maya: {
    settings: {
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: server.baseUrl,
      OPENAI_LARGE_MODEL: 'gpt-4o-mini',
    },
  },
});
const maya = agents.agent('Maya');
const gateway = await gatewayOf(maya);
const prompt = 'All work and no play makes a dull agent. '.repeat(200);

await measure('direct call', CALLS, async () => {
  const response = await fetch(`${server.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: prompt }] }),
  });
  await response.json();
});
await measure('through the gateway, reserved and settled', CALLS, () =>
  inConversation(startConversation({ principal: OWNER }), () =>
    gateway.answerText(ModelType.TEXT_LARGE, { prompt }),
  ),
);
let number = 0;
await measure('embedding of a sentence', 50, () =>
  gateway.embed([`What did agent number ${String(number++)} spend on hosting this month?`]),
);
await agents.stop();
await server.close();
process.exit(0);
