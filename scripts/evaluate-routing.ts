// npm run -s evaluate:routing: how well requests are split and classified, on the held-out requests
// of tests/fixtures/routing, which nothing was trained on. `-- --set training`, `dev` or `check`
// measures on requests of the training folder instead, which says less about unseen ones.
import { parseArgs } from 'node:util';
import { LABELS, loadRoutingModel, RequestReader, type ReadPart } from '@371os/plugin-router';
import { withEmbedder } from './routing/embedding.ts';
import {
  multiExample,
  readExamples,
  singleExample,
  type MultiExample,
  type SingleExample,
} from './routing/examples.ts';

const HELD_OUT = new URL('../tests/fixtures/routing/', import.meta.url);
const TRAINING = new URL('../plugins/plugin-router/training/', import.meta.url);
const TRIAGE = 'CEO';
const SETS: Readonly<Record<string, { single?: URL; multi: URL }>> = {
  'held-out': {
    single: new URL('single.jsonl', HELD_OUT),
    multi: new URL('multi.jsonl', HELD_OUT),
  },
  training: {
    single: new URL('single.jsonl', TRAINING),
    multi: new URL('multi.jsonl', TRAINING),
  },
  dev: { multi: new URL('splits-dev.jsonl', TRAINING) },
  check: { multi: new URL('splits-check.jsonl', TRAINING) },
};

interface Pair {
  readonly tasks: MultiExample['tasks'];
  readonly parts: readonly ReadPart[];
}

function say(what: string, right: number, all: number): void {
  process.stdout.write(`${what.padEnd(58)} ${(right / all).toFixed(3)}  (${right} of ${all})\n`);
}

function count<Item>(items: readonly Item[], test: (item: Item, index: number) => boolean): number {
  return items.filter(test).length;
}

function reportSingles(examples: readonly SingleExample[], read: readonly ReadPart[][]): void {
  const isRight = (label: string, index: number): boolean => examples[index]?.label === label;
  const labels = read.map((parts) => (parts.length === 1 ? (parts[0]?.label ?? '') : 'split'));
  const targets = read.map(([part], index) =>
    part?.isAbstention ? TRIAGE : (labels[index] ?? ''),
  );
  const sure = read.map(([part]) => part?.isAbstention === false);
  process.stdout.write('Requests of one part\n');
  say('  one part with the right label', count(labels, isRight), labels.length);
  say('  to the right role (abstentions go to the CEO)', count(targets, isRight), labels.length);
  say(
    '  abstained',
    count(sure, (is) => !is),
    labels.length,
  );
  say(
    '  right label where it did not abstain',
    count(labels, (label, index) => isRight(label, index) && sure[index] === true),
    count(sure, Boolean),
  );
  say(
    '  taken apart by mistake',
    count(labels, (label) => label === 'split'),
    labels.length,
  );
  printConfusion(examples, labels);
}

function printConfusion(examples: readonly SingleExample[], labels: readonly string[]): void {
  const columns = [...LABELS, 'split'];
  const short = (name: string): string => name.replace('CMO_MONETIZATION', 'CMO_M').padStart(6);
  process.stdout.write(`\n  is \\ read ${columns.map(short).join('')}\n`);
  for (const label of LABELS) {
    const row = columns.map((column) =>
      count(labels, (read, index) => read === column && examples[index]?.label === label),
    );
    process.stdout.write(
      `  ${short(label)}    ${row.map((n) => String(n).padStart(6)).join('')}\n`,
    );
  }
}

function reportMultis(examples: readonly MultiExample[], read: readonly ReadPart[][]): void {
  const pairs = examples.map(({ tasks }, index) => ({ tasks, parts: read[index] ?? [] }));
  const isCounted = pairs.filter(({ tasks, parts }) => tasks.length === parts.length);
  const isCut = isCounted.filter(({ tasks, parts }) =>
    tasks.every((task, index) => plain(task.text) === plain(parts[index]?.text ?? '')),
  );
  const isWhole = isCut.filter(({ tasks, parts }) =>
    tasks.every((task, index) => task.label === parts[index]?.label),
  );
  const isOrdered = isCut.filter(({ tasks, parts }) =>
    tasks.every((task, index) => sameList(task.dependsOn, parts[index]?.dependsOn ?? [])),
  );
  process.stdout.write('\nRequests of several parts\n');
  say('  number of parts right', isCounted.length, pairs.length);
  say('  number and words right', isCut.length, pairs.length);
  say('  wholly right: number, words and labels', isWhole.length, pairs.length);
  say('  number, words and dependencies right', isOrdered.length, pairs.length);
  reportRelations(isOrdered);
  reportParts(pairs);
}

function reportRelations(ordered: readonly Pair[]): void {
  const told = ordered.filter(({ tasks }) => tasks.every(({ relation }) => relation));
  if (told.length === 0) return;
  const isRight = ({ tasks, parts }: Pair): boolean =>
    tasks.every(({ relation }, index) => relation === parts[index]?.relation);
  say('  of those, the kind of dependency right', count(told, isRight), told.length);
}

function reportParts(pairs: readonly Pair[]): void {
  const tasks = pairs.flatMap(({ tasks, parts }) =>
    tasks.map((task) => ({
      task,
      part: parts.find(({ text }) => plain(text) === plain(task.text)),
    })),
  );
  const found = tasks.filter(({ part }) => part);
  say('  parts found, by their words', found.length, tasks.length);
  say(
    '  right label among those found',
    count(found, ({ task, part }) => task.label === part?.label),
    found.length,
  );
}

function plain(text: string): string {
  return text.toLowerCase().replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, '');
}

function sameList(left: readonly number[], right: readonly number[]): boolean {
  return left.join() === right.join();
}

const { values } = parseArgs({ options: { set: { type: 'string', default: 'held-out' } } });
const files = SETS[values.set];
if (!files) throw new RangeError(`--set takes one of ${Object.keys(SETS).join(', ')}`);
await withEmbedder(async (embedder) => {
  const reader = new RequestReader(embedder, loadRoutingModel());
  if (files.single) {
    const singles = readExamples(files.single, singleExample);
    reportSingles(singles, await reader.readAll(singles.map(({ text }) => text)));
  }
  const multis = readExamples(files.multi, multiExample);
  reportMultis(multis, await reader.readAll(multis.map(({ text }) => text)));
});
