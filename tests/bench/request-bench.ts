// From a message to the joined answer, for a request of three parts that three agents answer with an
// instant model: the company (cut, classified, kept as durable tasks, reserved, settled, joined)
// beside three agents of ElizaOS alone that each answer one part with one call, at the same time.
import { elizaReply, startScriptedModel } from '../support/scripted-model.ts';
import { paidEndpoint, withDirectory } from './launch-company.ts';
import { percentile, report, tell } from './report.ts';
import { startWorker } from './turns.ts';

const WARM_UP = 3;
const COUNTED = 20;

const model = await startScriptedModel({ reply: elizaReply('A short answer.') });

await withDirectory((ours) =>
  withDirectory(async (theirs) => {
    const endpoint = paidEndpoint(model.baseUrl);
    const company = await startWorker('./request-child.ts', { ...endpoint, DATA_DIR: ours });
    const bare = await startWorker('./request-bare-child.ts', { ...endpoint, DATA_DIR: theirs });
    const times = { company: [] as number[], bare: [] as number[] };
    tell(`${String(COUNTED)} requests of three parts`);
    // In turn, so that a machine that slows down slows both.
    for (let number = 0; number < WARM_UP + COUNTED; number += 1) {
      const pair = { company: await company.turn(), bare: await bare.turn() };
      if (number < WARM_UP) continue;
      times.company.push(pair.company);
      times.bare.push(pair.bare);
    }
    for (const percent of [50, 99])
      report({
        bench: `message to joined answer, three parts, p${String(percent)}`,
        unit: 'ms',
        value: percentile(times.company, percent / 100),
        baseline: 'three bare agents, one call each',
        baselineValue: percentile(times.bare, percent / 100),
      });
    await company.stop();
    await bare.stop();
  }),
);
await model.close();
process.exit(0);
