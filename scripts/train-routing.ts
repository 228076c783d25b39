// npm run train:routing: trains the router's classifier from plugins/plugin-router/training and
// writes plugins/plugin-router/models/routing.json. The same examples give the same file.
import { mkdirSync, writeFileSync } from 'node:fs';
import { encodeRoutingModel } from '../plugins/plugin-router/src/adapters/routing-model-file.ts';
import { classify, type RoutingModel } from '../plugins/plugin-router/src/domain/classify.ts';
import {
  findContextShare,
  findMinimumConfidence,
  findTemperature,
  isRight,
  type LabelledPart,
} from './routing/calibrate.ts';
import { withEmbedder, type ScriptEmbedder } from './routing/embedding.ts';
import { multiExample, readExamples, singleExample } from './routing/examples.ts';
import { fitModel, type LabelledText } from './routing/fit-model.ts';
import { chooseHeldOut } from './routing/hold-out.ts';

const ROUTER = new URL('../plugins/plugin-router/', import.meta.url);
const VALIDATION_SHARE = 0.2;
// Never splits-check.jsonl.
const MULTI_FILES = ['multi.jsonl', 'splits-dev.jsonl'];

function say(what: string, value: string | number): void {
  process.stdout.write(`${what}: ${value}\n`);
}

async function readSingles(embedder: ScriptEmbedder): Promise<LabelledText[]> {
  const singles = readExamples(new URL('training/single.jsonl', ROUTER), singleExample);
  const vectors = await embedder.embed(singles.map(({ text }) => text));
  return singles.map((single, index) => ({ ...single, vector: vectors[index] ?? [] }));
}

async function readParts(embedder: ScriptEmbedder): Promise<LabelledPart[]> {
  const requests = MULTI_FILES.flatMap((file) =>
    readExamples(new URL(`training/${file}`, ROUTER), multiExample),
  );
  const texts = requests.flatMap(({ text, tasks }) => [text, ...tasks.map((task) => task.text)]);
  const vectors = new Map<string, number[]>();
  (await embedder.embed(texts)).forEach((vector, index) => vectors.set(texts[index] ?? '', vector));
  const embedded = (text: string): { text: string; vector: number[] } => ({
    text,
    vector: vectors.get(text) ?? [],
  });
  return requests
    .filter(({ tasks }) => tasks.length > 1)
    .flatMap(({ text, tasks }) =>
      tasks.map((task) => ({
        ...embedded(task.text),
        label: task.label,
        request: embedded(text),
      })),
    );
}

/** Temperature, threshold and context from examples that the model has not seen. */
function calibrate(
  model: RoutingModel,
  unseen: readonly LabelledText[],
  parts: readonly LabelledPart[],
): Pick<RoutingModel, 'temperature' | 'minimumConfidence' | 'contextShare'> {
  const temperature = findTemperature(model, unseen);
  const warm = { ...model, temperature };
  return {
    temperature,
    minimumConfidence: findMinimumConfidence(warm, unseen),
    contextShare: findContextShare(warm, parts),
  };
}

function reportUnseen(model: RoutingModel, unseen: readonly LabelledText[]): void {
  const judged = unseen.map((example) => ({ ...classify(example, model), target: example.label }));
  const sure = judged.filter(({ isAbstention }) => !isAbstention);
  say('validation examples', unseen.length);
  say('validation accuracy', share(judged.filter(isRight).length, judged.length));
  say('validation abstentions', share(judged.length - sure.length, judged.length));
  say('validation accuracy without them', share(sure.filter(isRight).length, sure.length));
}

function share(part: number, whole: number): string {
  return (part / whole).toFixed(3);
}

function reportParts(model: RoutingModel, parts: readonly LabelledPart[]): void {
  const right = (contextShare: number): number =>
    parts.filter(
      (part) => classify(part, { ...model, contextShare }, part.request).label === part.label,
    ).length;
  say('parts right alone', share(right(0), parts.length));
  say('parts right in the light of the request', share(right(model.contextShare), parts.length));
}

await withEmbedder(async (embedder) => {
  const examples = await readSingles(embedder);
  const parts = await readParts(embedder);
  const isHeldOut = chooseHeldOut(examples, VALIDATION_SHARE);
  const unseen = examples.filter((_, index) => isHeldOut[index]);
  const trained = fitModel(examples.filter((_, index) => !isHeldOut[index]));
  const calibration = calibrate(trained, unseen, parts);
  say('training examples', examples.length - unseen.length);
  reportUnseen({ ...trained, ...calibration }, unseen);
  reportParts({ ...trained, ...calibration }, parts);
  for (const [name, value] of Object.entries(calibration)) say(name, value);
  // What was calibrated on unseen examples stays; the layers then learn from those too.
  const model = { ...fitModel([...examples, ...parts]), ...calibration };
  mkdirSync(new URL('models/', ROUTER), { recursive: true });
  writeFileSync(new URL('models/routing.json', ROUTER), encodeRoutingModel(model));
});
