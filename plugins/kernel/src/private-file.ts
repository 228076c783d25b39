import { readFileSync, statSync } from 'node:fs';
import { BaseError } from './errors.ts';

/** A file that holds a secret, and that cannot be read, or that others can read too. */
export class PrivateFileError extends BaseError {
  /** What is wrong with it, to go on a sentence with. */
  readonly problem: string;

  constructor({ path, problem, cause }: { path: string; problem: string; cause?: unknown }) {
    super(`The file ${path} cannot be used: ${problem}.`, { cause, details: { path } });
    this.problem = problem;
  }
}

const FOR_OTHERS = 0o077;

/** Whether others than the owner may do anything with a file. Windows has no such modes. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & FOR_OTHERS) !== 0;
}

/** The text of a file that nobody but its owner can read. @throws PrivateFileError */
export function readPrivateFile(path: string): string {
  let isOpen: boolean;
  let text: string;
  try {
    isOpen = isOpenToOthers(path);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PrivateFileError({ path, problem: fileProblemOf(cause), cause });
  }
  if (!isOpen) return text;
  const problem = `others on this machine can read it; give it the mode 0600 (chmod 600 ${path})`;
  throw new PrivateFileError({ path, problem });
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EEXIST: 'there is one already, and it is not replaced',
  EACCES: 'this user may not use it',
};

/** What the system says of a file, in words. */
export function fileProblemOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return PROBLEMS[code] ?? `the system says ${code}`;
}
