import { examine, inWords, type Environment, type Examined } from '../doctor/check.ts';
import { localServers } from '../doctor/local-models.ts';
import type { GgufEntry } from './gguf-catalogue.ts';
import type { Choice, Prompter } from './prompter.ts';
import type { Field, Section, Topic } from './sections.ts';
import { megabytes } from './units.ts';

/** What a person has answered. */
export interface Interview {
  readonly answers: Readonly<Record<string, string>>;
  readonly examined: readonly Examined[];
  /** The model file that is to be had. */
  readonly gguf: GgufEntry | undefined;
}

interface InterviewInit {
  readonly prompter: Prompter;
  readonly topics: readonly Topic[];
  /** What is set already. */
  readonly settings: Environment;
  readonly models: readonly GgufEntry[];
}

type Answers = Record<string, string>;

/** Asks what is to be set up, and tries each answer. @throws InterruptedError */
export async function interview(init: InterviewInit): Promise<Interview> {
  const { prompter, topics, settings } = init;
  const chosen = await prompter.chooseSome(
    'What shall be set up? All of it can be skipped.',
    topics.map((topic) => ({ name: `${topic.name}${mark(topic, settings)}`, value: topic })),
  );
  const answers: Answers = {};
  const examined: Examined[] = [];
  for (const topic of chosen)
    for (const section of await sectionsIn(topic, prompter)) {
      const found = await askSection(section, prompter, { ...settings, ...answers });
      Object.assign(answers, found.answers);
      examined.push(...found.examined);
    }
  const gguf = await askModel(init, { ...settings, ...answers });
  return { answers, examined, gguf };
}

function mark({ sections }: Topic, settings: Environment): string {
  const fields = sections.flatMap((section) => section.fields);
  return fields.some(({ setting }) => settings[setting]) ? ' (set)' : '';
}

async function sectionsIn({ name, sections }: Topic, prompter: Prompter): Promise<Section[]> {
  const [only, ...others] = sections;
  if (only && others.length === 0) return [only];
  return prompter.chooseSome(
    `${name}: of whom?`,
    sections.map((section) => ({ name: section.name, value: section })),
  );
}

/** Asks for the settings of a section until they are good, or wanted all the same, or skipped. */
async function askSection(
  section: Section,
  prompter: Prompter,
  settings: Environment,
): Promise<{ answers: Answers; examined: readonly Examined[] }> {
  if (section.hint) prompter.say(`  ${section.hint}`);
  for (;;) {
    const answers = await askFields(section.fields, prompter, settings);
    if (Object.keys(answers).length === 0) return { answers, examined: [] };
    const examined = await Promise.all(section.checks({ ...settings, ...answers }).map(examine));
    if (examined.length > 0) prompter.say(inWords(examined));
    if (examined.every(({ state }) => state === 'ok')) return { answers, examined };
    const next = await prompter.choose('That is not well. What now?', [
      { name: 'enter it again', value: 'again' },
      { name: 'skip it', value: 'skip' },
      { name: 'keep it all the same', value: 'keep' },
    ]);
    if (next === 'keep') return { answers, examined };
    if (next === 'skip') return { answers: {}, examined: [] };
  }
}

async function askFields(
  fields: readonly Field[],
  prompter: Prompter,
  settings: Environment,
): Promise<Answers> {
  const answers: Answers = {};
  for (const field of fields) {
    const answer = await askField(field, prompter, settings[field.setting] !== undefined);
    if (answer) answers[field.setting] = answer;
  }
  return answers;
}

async function askField(
  { question, setting, schema, choices, isSecret }: Field,
  prompter: Prompter,
  isSet: boolean,
): Promise<string> {
  const skipping = isSet ? 'Enter keeps what is set' : 'Enter skips it';
  if (choices)
    return prompter.choose(question, [
      { name: isSet ? 'as it is set' : 'skip it', value: '' },
      ...choices.map((value) => ({ name: value, value })),
    ]);
  const asked = {
    message: `${question} (${setting}; ${skipping})`,
    problemOf: (answer: string) =>
      answer.trim() === '' ? undefined : schema.safeParse(answer).error?.issues[0]?.message,
  };
  const answer = await (isSecret ? prompter.askUnseen(asked) : prompter.ask(asked));
  return answer.trim();
}

async function askModel(
  { prompter, models }: InterviewInit,
  settings: Environment,
): Promise<GgufEntry | undefined> {
  const servers = await localServers(settings);
  const there: Choice<GgufEntry | undefined>[] = servers.map(({ name, models: names }) => ({
    name: `what ${name} has: ${names.join(', ')} (it is used by itself)`,
    value: undefined,
  }));
  const isSet = settings['GGUF_MODEL_PATH'] !== undefined;
  return prompter.choose('A model on this machine, which costs nothing and needs no network?', [
    ...there,
    { name: isSet ? 'as it is set' : 'none', value: undefined },
    ...models.map((entry) => ({
      name: `get ${entry.title} (${megabytes(entry.sizeBytes)}, ${entry.licence})`,
      value: entry,
    })),
  ]);
}
