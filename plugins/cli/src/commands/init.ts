import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { examine, inWords, type Environment } from '../doctor/check.ts';
import { hasLlama, INSTALL_LLAMA, LLAMA_PACKAGE } from '../doctor/local-models.ts';
import { withSettingFiles } from '../doctor/setting-files.ts';
import { AnswersError, NobodyToAskError, UnknownGgufError } from '../errors.ts';
import { agentNames } from '../init/agents.ts';
import { checkedAnswers, parseAnswers } from '../init/answers.ts';
import { download } from '../init/download.ts';
import { readEnvFile, writeEnvFile } from '../init/env-file.ts';
import { readGgufCatalogue, type GgufEntry } from '../init/gguf-catalogue.ts';
import type { Interview } from '../init/interview.ts';
import { tellProgress } from '../init/progress.ts';
import { sectionsOf, topicsFor } from '../init/sections.ts';
import type { Session, Sessions } from '../program.ts';

interface InitOptions {
  readonly answers?: string;
  readonly gguf?: string;
  readonly models?: string;
  readonly force?: boolean;
}

interface Outcome extends Omit<Interview, 'answers' | 'gguf'> {
  /** Names of settings, and never their values. */
  readonly written: readonly string[];
  /** What ranks above the file for some of them, so that it does not count. */
  readonly hidden: readonly { readonly setting: string; readonly by: string }[];
  readonly model: { readonly name: string; readonly path: string } | undefined;
}

const FILE = '.env';

// And what takes the file that such a key belongs into.
const RAW_KEYS = new Map([
  ['AKASH_KEY', 'AKASH_KEYSTORE'],
  ['AGENT_PRIVATE_KEY', 'AGENT_WALLET_FILE'],
]);

const HOW = `
In a terminal it asks, tries each answer, and writes them into .env of this folder, which only you can
read then. Programs give the answers as a JSON object of settings; when one fails its test, nothing is
written.`;

export function addInit(program: Command, sessions: Sessions): void {
  program
    .command('init')
    .description('set up keys, bots, networks and a model of this machine, in .env')
    .option('--answers <file>', 'a JSON object of settings, or - for standard input')
    .option('--gguf <name>', 'get this model file and use it')
    .option('--models <file>', 'a catalogue of model files of your own')
    .option('--force', 'write answers that fail their test, too')
    .addHelpText('after', HOW)
    .action(async (options: InitOptions) => {
      const session = sessions();
      const interview = await answersOf(options, session);
      if (isRefused(interview, options)) refuse(interview, session);
      else await carryOut(interview, session);
    });
}

/** From a person, from a program, or just the name of a model. */
async function answersOf(options: InitOptions, session: Session): Promise<Interview> {
  const models = readGgufCatalogue(options.models);
  const gguf = options.gguf === undefined ? undefined : modelNamed(options.gguf, models);
  if (options.answers !== undefined) return ofProgram(options.answers, gguf, session);
  if (gguf) return { answers: {}, examined: [], gguf };
  const { person } = session.terminal;
  if (!person || session.options.json) throw new NobodyToAskError();
  // Late, since no other command needs them.
  const { terminalPrompter } = await import('../init/prompter.ts');
  const { interview } = await import('../init/interview.ts');
  return interview({
    prompter: terminalPrompter(person),
    topics: topicsFor(agentNames(session.environment)),
    settings: withSettingFiles(session.environment),
    models,
  });
}

async function ofProgram(
  file: string,
  gguf: GgufEntry | undefined,
  { environment }: Session,
): Promise<Interview> {
  const given = parseAnswers(file === '-' ? await text(process.stdin) : textOf(file));
  const { sections, unknown } = sectionsOf(Object.keys(given), agentNames(environment));
  if (unknown.length > 0) throw new AnswersError({ problem: problemOfNames(unknown) });
  const answers = checkedAnswers(given, sections);
  const settings = { ...withSettingFiles(environment), ...answers };
  const checks = sections.flatMap((section) => section.checks(settings));
  return { answers, examined: await Promise.all(checks.map(examine)), gguf };
}

function problemOfNames(names: readonly string[]): string {
  const key = names.find((name) => RAW_KEYS.has(name));
  return key === undefined
    ? `init sets nothing called ${names.join(', ')}`
    : `${key} is a raw key: put it into an encrypted file with "npm run -s keystore -- FILE", and give the file in ${RAW_KEYS.get(key)}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new AnswersError({ problem: `${file} cannot be read (${code})` });
  }
}

function modelNamed(name: string, models: readonly GgufEntry[]): GgufEntry {
  const found = models.find((entry) => entry.name === name);
  if (!found) throw new UnknownGgufError({ name, known: models.map((entry) => entry.name) });
  return found;
}

/** A person has decided for each answer; what a program gives has to be well. */
function isRefused({ examined }: Interview, { answers, force }: InitOptions): boolean {
  return answers !== undefined && !force && examined.some(({ state }) => state === 'failed');
}

function refuse({ examined }: Interview, { print, fail }: Session): void {
  fail();
  print({ file: FILE, written: [], checks: examined }, () =>
    [inWords(examined), 'Nothing was written. --force writes it all the same.'].join('\n'),
  );
}

async function carryOut({ answers, examined, gguf }: Interview, session: Session): Promise<void> {
  const before = readEnvFile(FILE);
  // Before the download, which a person may end.
  if (Object.keys(answers).length > 0) writeEnvFile(FILE, answers);
  const model = gguf && { name: gguf.name, path: await getModel(gguf, session) };
  if (model) writeEnvFile(FILE, { GGUF_MODEL_PATH: model.path });
  const written = [...Object.keys(answers), ...(model ? ['GGUF_MODEL_PATH'] : [])];
  const hidden = hiddenOf(written, session.environment, before);
  const missing = model && !hasLlama() ? INSTALL_LLAMA : undefined;
  session.print({ file: FILE, written, hidden, checks: examined, model, install: missing }, () =>
    inTheEnd({ examined, written, hidden, model }, missing).join('\n'),
  );
}

function getModel(entry: GgufEntry, { options, terminal }: Session): Promise<string> {
  const onProgress = tellProgress(entry.name, {
    isTerminal: terminal.person !== undefined,
    write: (line) => {
      terminal.writeError(line);
    },
  });
  return download(entry, join(options.dataDir, 'models'), onProgress);
}

/** @param before what the file said, which is in the environment by now */
function hiddenOf(
  written: readonly string[],
  environment: Environment,
  before: Environment,
): Outcome['hidden'] {
  const inFiles = withSettingFiles({ CONFIG_FILES: environment['CONFIG_FILES'] });
  return written.flatMap((setting) => {
    if (inFiles[setting] !== undefined) return [{ setting, by: 'a setting file' }];
    const isHidden = environment[setting] !== undefined && environment[setting] !== before[setting];
    return isHidden ? [{ setting, by: 'the environment' }] : [];
  });
}

function inTheEnd(
  { examined, written, hidden, model }: Outcome,
  missing: string | undefined,
): string[] {
  return [
    ...(examined.length > 0 ? [inWords(examined)] : []),
    written.length > 0
      ? `Written into ${FILE}, which only you can read: ${written.join(', ')}.`
      : 'Nothing was set.',
    ...hidden.map(
      ({ setting, by }) => `${setting} is set in ${by}, too, which goes before ${FILE}.`,
    ),
    ...(model ? [`${model.name} is in ${model.path}.`] : []),
    ...(missing ? [`It needs the package ${LLAMA_PACKAGE}: ${missing}`] : []),
    'It counts at the next "npm start"; "npx 371os doctor" looks at all of it.',
  ];
}
