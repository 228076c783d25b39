import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { visit } from 'jsonc-parser';
import { z } from 'zod';
import { declaredSetting, didYouMean, problemOfSetting } from './declared-settings.ts';
import { BaseError } from './errors.ts';
import { fileProblemOf, PrivateFileError, readPrivateFile } from './private-file.ts';
import { processWide } from './process-wide.ts';
import { environment, isSecretSetting, listSetting, placedBy, readSettings } from './settings.ts';

/** Where setting files are. */
export const fileSettings = z.object({
  /** JSON files with settings, with commas between them; what a later one says counts. */
  CONFIG_FILES: listSetting.optional(),
});

/** A setting file that cannot be used. */
export class SettingFileError extends BaseError {
  constructor({ path, problem, cause }: { path: string; problem: string; cause?: unknown }) {
    super(`The setting file ${path} cannot be used: ${problem}`, { cause, details: { path } });
  }
}

export type SettingValue = string | number | boolean;

/** The settings of a file: for all agents, and for some by their names. */
export interface SettingFile {
  readonly path: string;
  readonly general: ReadonlyMap<string, SettingValue>;
  readonly agents: ReadonlyMap<string, ReadonlyMap<string, SettingValue>>;
}

/** What a file says of a setting. */
export interface FileEntry {
  readonly value: SettingValue;
  /** Where it stands, such as `371os.json (agents > CFO Maya)`. */
  readonly place: string;
}

const DEFAULT_FILE = '371os.json';

const expected = 'a text, a number, or true or false is expected';
const value = z.union([z.string(), z.number(), z.boolean()], { error: expected });
const values = z.record(z.string(), value, {
  error: 'an object of settings is expected, such as {"TASKS_CONCURRENCY": 8}',
});
const content = z
  .object(
    {
      agents: z
        .record(z.string(), values, {
          error: 'an object of agents is expected, such as {"CFO Maya": {"QUALITY": "high"}}',
        })
        .default({}),
    },
    { error: 'an object of settings is expected, such as {"TASKS_CONCURRENCY": 8}' },
  )
  .catchall(value);

const read = processWide('setting-files', () => new Map<string, readonly SettingFile[]>());

/**
 * The files that CONFIG_FILES names, or `371os.json` of the working directory where it is; read once.
 * @throws SettingFileError
 */
export function settingFiles(): readonly SettingFile[] {
  const key = `${process.cwd()}\n${String(environment('CONFIG_FILES'))}`;
  const known = read.get(key);
  if (known) return known;
  const { CONFIG_FILES: named } = readSettings(fileSettings, environment);
  const paths = named ?? (existsSync(DEFAULT_FILE) ? [DEFAULT_FILE] : []);
  const files = paths.map(readSettingFile);
  checkUnique(paths);
  read.set(key, files);
  return files;
}

/** What the files say of a setting, what counts first: of the agent before all, later files first. */
export function entriesInFiles(name: string, agent: string | undefined): FileEntry[] {
  if (placedBy(name) !== undefined) return [];
  const files = settingFiles().toReversed();
  return [
    ...files.flatMap(({ path, agents }) => {
      const own = agent === undefined ? undefined : agents.get(agent)?.get(name);
      return isSet(own) ? [{ value: own, place: `${path} (agents > ${agent ?? ''})` }] : [];
    }),
    ...files.flatMap(({ path, general }) => {
      const own = general.get(name);
      return isSet(own) ? [{ value: own, place: path }] : [];
    }),
  ];
}

/**
 * Holds what the files say against what the plugins have declared: unknown names, wrong values.
 * @throws SettingFileError naming file, setting and what is allowed
 */
export function checkSettingFiles(): void {
  for (const file of settingFiles()) {
    for (const [name, own] of file.general) checkSetting(file.path, name, own, undefined);
    for (const [agent, settings] of file.agents)
      for (const [name, own] of settings) checkSetting(file.path, name, own, agent);
  }
}

function checkSetting(
  path: string,
  name: string,
  own: SettingValue,
  agent: string | undefined,
): void {
  const where = agent === undefined ? name : `agents > ${agent} > ${name}`;
  const problem = problemOf(name, own, agent !== undefined);
  if (problem !== undefined) throw new SettingFileError({ path, problem: `${where}: ${problem}` });
}

/**
 * What is wrong with a setting that is given to one agent; undefined when it is good, or of a plugin
 * that nobody here knows.
 */
export function problemOfAgentSetting(name: string, own: SettingValue): string | undefined {
  if (declaredSetting(name)) return problemOf(name, own, true);
  const near = didYouMean(name);
  return near === '' ? undefined : `there is no such setting.${near}`;
}

function problemOf(name: string, own: SettingValue, isForAgent: boolean): string | undefined {
  const setting = declaredSetting(name);
  if (!setting)
    return `there is no such setting.${didYouMean(name)} Settings of ElizaOS belong into the environment.`;
  if (setting.reach === 'environment')
    return 'it can be set in the environment alone, where every program finds it.';
  if (setting.reach === 'process' && isForAgent)
    return 'it is no setting of one agent: move it out of "agents".';
  const problem = isSet(own) ? problemOfSetting(setting, own) : undefined;
  const shown = isSecretSetting(name) ? '[secret]' : JSON.stringify(own);
  return problem === undefined ? undefined : `${shown} is not valid: ${problem}`;
}

// --- one file

function readSettingFile(path: string): SettingFile {
  const text = readText(path);
  const json = parseJson(path, text);
  const parsed = content.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue?.path.join(' > ');
    throw new SettingFileError({ path, problem: `${at ? `${at}: ` : ''}${issue?.message ?? ''}.` });
  }
  checkKeys(path, text);
  const { agents, ...general } = parsed.data;
  const file: SettingFile = {
    path,
    general: new Map(Object.entries(general)),
    agents: new Map(
      Object.entries(agents).map(([agent, settings]) => [agent, new Map(Object.entries(settings))]),
    ),
  };
  keepSecrets(file);
  return file;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SettingFileError({ path, problem: `${fileProblemOf(cause)}.`, cause });
  }
}

// What V8 says of bad JSON quotes the text around it, which may be a secret.
function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    let line = 1;
    visit(text, {
      onError: (_error, _offset, _length, startLine) => (line = startLine + 1),
    });
    throw new SettingFileError({ path, problem: `it is not JSON: look at line ${line}.` });
  }
}

// JSON.parse takes the last of two keys of one name without a word.
function checkKeys(path: string, text: string): void {
  const seen = new Set<string>();
  visit(text, {
    onObjectProperty: (property, _offset, _length, line, _character, pathTo) => {
      const key = JSON.stringify([...pathTo(), property]);
      if (seen.has(key))
        throw new SettingFileError({
          path,
          problem: `${property} is there twice, in line ${line + 1} again: keep one of them.`,
        });
      seen.add(key);
    },
  });
}

function checkUnique(paths: readonly string[]): void {
  const twice = paths.find((path, index) =>
    paths.slice(0, index).some((other) => resolve(other) === resolve(path)),
  );
  if (twice !== undefined)
    throw new SettingFileError({ path: twice, problem: 'CONFIG_FILES names it twice.' });
}

function keepSecrets({ path, general, agents }: SettingFile): void {
  const names = [general, ...agents.values()].flatMap((settings) => [...settings.keys()]);
  const secret = names.find(isSecretSetting);
  if (secret === undefined) return;
  try {
    readPrivateFile(path);
  } catch (error) {
    if (!(error instanceof PrivateFileError)) throw error;
    throw new SettingFileError({ path, problem: `it holds ${secret}, and ${error.problem}.` });
  }
}

function isSet(own: SettingValue | undefined): own is SettingValue {
  return own !== undefined && own !== '';
}
