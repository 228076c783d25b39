// How long the router takes to decide on a request, from its text to an agent for each part, with
// all ten agents running: beside one sentence embedding, which is the least that it needs, and
// beside reading the request alone (cutting it and classifying the parts). The requests are those
// that the classifier has never seen; each is asked in other words every time, since embeddings of
// known texts are kept.
import { gatewayOf } from '@371os/plugin-gateway';
import { loadRoutingModel, RequestReader, routerOf } from '@371os/plugin-router';
import { multiExample, readExamples, singleExample } from '../../scripts/routing/examples.ts';
import { agentNamed, launchCompany, withDirectory } from './launch-company.ts';
import { millisecondsOf, percentile, report, tell } from './report.ts';

const WARM_UP = 20;
const FIXTURES = new URL('../fixtures/routing/', import.meta.url);
const WAYS = ['decision', 'embedding', 'reading'] as const;
type Way = (typeof WAYS)[number];

await withDirectory(async (directory) => {
  Object.assign(process.env, { DATA_DIR: directory, LOCAL_MODEL_DISCOVERY: 'false' });
  const company = await launchCompany();
  const desk = agentNamed(company, 'Front Desk');
  const [router, gateway] = [await routerOf(desk), await gatewayOf(desk)];
  const reader = new RequestReader(gateway, loadRoutingModel());
  const ways: Record<Way, (text: string) => Promise<unknown>> = {
    decision: (text) => router.decide(text),
    embedding: (text) => gateway.embed([text]),
    reading: (text) => reader.read(text),
  };
  let asked = 0;

  async function timesOf(texts: readonly string[]): Promise<Record<Way, number[]>> {
    const times: Record<Way, number[]> = { decision: [], embedding: [], reading: [] };
    for (const text of texts)
      for (const way of WAYS) {
        const words = `${text} (case ${String((asked += 1))})`;
        times[way].push(await millisecondsOf(() => ways[way](words)));
      }
    return times;
  }

  async function measure(what: string, texts: readonly string[]): Promise<void> {
    tell(`deciding on ${String(texts.length)} requests of ${what}`);
    const times = await timesOf(texts);
    for (const [baseline, way] of [
      ['one embedding', 'embedding'],
      ['cutting and classifying alone', 'reading'],
    ] as const)
      for (const percent of [50, 99])
        report({
          bench: `routing decision p${String(percent)}, ${what}`,
          unit: 'ms',
          value: percentile(times.decision, percent / 100),
          baseline,
          baselineValue: percentile(times[way], percent / 100),
        });
  }

  const singles = readExamples(new URL('single.jsonl', FIXTURES), singleExample);
  const multis = readExamples(new URL('multi.jsonl', FIXTURES), multiExample);
  const several = multis.map(({ text }) => text);
  await timesOf(several.slice(0, WARM_UP));
  await measure(
    'one part',
    singles.map(({ text }) => text),
  );
  await measure('several parts', [...several, ...several]);
  await company.stop();
});
process.exit(0);
