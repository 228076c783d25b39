import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { EnvFileError } from '../errors.ts';

// One setting as Node reads it: its name, its value, which may go over lines in quotes, and the rest.
const ASSIGNMENT =
  /^([ \t]*(?:export[ \t]+)?)([\w.-]+)([ \t]*=[ \t]*)("[^"]*"|'[^']*'|`[^`]*`|[^\n#]*)([^\n]*)/gm;
const NEEDS_NO_QUOTES = /^[\w./:@%+=,-]+$/;
const QUOTES = ["'", '`', '"'] as const;
const FOR_ITS_OWNER = 0o600;

/** What a file of settings says; nothing when there is none. @throws EnvFileError */
export function readEnvFile(path: string): NodeJS.Dict<string> {
  return parseEnv(textOf(path));
}

/**
 * Sets settings in a file of them, and leaves everything else in it as it is, comments too. The file is
 * replaced in one step, and only its owner can read it then.
 * @throws EnvFileError, which shows no value
 */
export function writeEnvFile(path: string, settings: Readonly<Record<string, string>>): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const text = withSettings(textOf(path), settings);
  if (text === undefined)
    throw new EnvFileError({
      path,
      problem: `cannot be changed without changing other settings: set ${Object.keys(settings).join(', ')} by hand`,
    });
  try {
    replace(target, text);
  } catch (error) {
    throw new EnvFileError({ path, problem: `cannot be written (${codeOf(error)})` });
  }
}

/** The text with the settings in it; undefined when it would not be read as it should be. */
export function withSettings(
  text: string,
  settings: Readonly<Record<string, string>>,
): string | undefined {
  const left = new Map(Object.entries(settings));
  const kept = text.replaceAll(
    ASSIGNMENT,
    (line, indent: string, name: string, equals: string, value: string, rest: string) => {
      const wanted = settings[name];
      if (wanted === undefined) return line;
      // Of a name that stands there twice, the last one would count.
      if (!left.delete(name)) return '';
      const comment = /^['"`]|[ \t]$/.test(value) && /^[ \t]*#/.test(rest) ? ` ${rest.trim()}` : '';
      return `${indent}${name}${equals}${quoted(wanted)}${comment}`;
    },
  );
  const added = [...left].map(([name, value]) => `${name}=${quoted(value)}\n`).join('');
  const isOpenEnded = kept !== '' && !kept.endsWith('\n') && added !== '';
  const result = `${kept}${isOpenEnded ? '\n' : ''}${added}`;
  const isRight = isDeepStrictEqual({ ...parseEnv(result) }, { ...parseEnv(text), ...settings });
  return isRight ? result : undefined;
}

function quoted(value: string): string {
  if (NEEDS_NO_QUOTES.test(value)) return value;
  const quote = QUOTES.find((mark) => !value.includes(mark)) ?? '"';
  return `${quote}${value}${quote}`;
}

function textOf(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch (error) {
    throw new EnvFileError({ path, problem: `cannot be read (${codeOf(error)})` });
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'wx', FOR_ITS_OWNER);
    try {
      // The mode given to open is narrowed by the umask; this states it.
      fchmodSync(file, FOR_ITS_OWNER);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
