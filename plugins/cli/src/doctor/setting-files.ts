import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { failed, ok, type Check, type Environment } from './check.ts';

const DEFAULT_FILE = '371os.json';
const content = z.looseObject({});
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** The files that CONFIG_FILES names, or `371os.json` of this folder where it is. */
export function settingFilesOf({ CONFIG_FILES }: Environment): string[] {
  const named = CONFIG_FILES?.split(',').flatMap((path) => path.trim() || []) ?? [];
  return named.length > 0 ? named : [DEFAULT_FILE].filter((path) => existsSync(path));
}

/** What counts for the company as a whole: files above the environment, later ones above earlier ones. */
export function withSettingFiles(environment: Environment): Environment {
  const files = settingFilesOf(environment).map((path) => readSettings(path).settings);
  return Object.assign({}, environment, ...files) as Environment;
}

/** One check for each setting file. What its settings may be, the server says when it starts. */
export function settingFileChecks(environment: Environment): Check[] {
  return settingFilesOf(environment).map((path) => ({
    name: path,
    run: async () => {
      const { settings, problem } = readSettings(path);
      return problem === undefined
        ? ok(`${Object.keys(settings).length} settings for all agents`)
        : failed(`cannot be read: ${problem}`, `Correct ${path}: npm start refuses it.`);
    },
  }));
}

function readSettings(path: string): {
  settings: Readonly<Record<string, string>>;
  problem?: string;
} {
  try {
    const said = content.parse(JSON.parse(readFileSync(path, 'utf8')));
    const own = Object.entries(said).flatMap(([name, setting]) => {
      const { data } = value.safeParse(setting);
      return data === undefined ? [] : [[name, data] as const];
    });
    return { settings: Object.fromEntries(own) };
  } catch (error) {
    const problem =
      error instanceof z.ZodError ? 'an object of settings is expected' : String(error);
    return { settings: {}, problem };
  }
}
