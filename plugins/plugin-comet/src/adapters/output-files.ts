import { mkdir, open, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblemOf } from '@371os/kernel';
import { OutputFolderError } from '../errors/output.ts';
import type { OutputFolder } from '../ports/output-folder.ts';

const MOST_OF_A_NAME = 100;

/** Outputs as files in one folder, which is made when it is missing. */
export class OutputFiles implements OutputFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(name: string, text: string): Promise<string> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const folder = await realpath(this.#folder);
      for (let number = 1; number <= MOST_OF_A_NAME; number += 1) {
        const path = join(folder, numbered(name, number));
        if (await writeNew(path, text)) return path;
      }
    } catch (cause) {
      const problem = `${fileProblemOf(cause)}; set COMET_OUTPUT_FOLDER to one that may be written to`;
      throw new OutputFolderError({ folder: this.#folder, problem, cause });
    }
    const problem = `there are ${MOST_OF_A_NAME} files called ${name}; choose another name`;
    throw new OutputFolderError({ folder: this.#folder, problem });
  }
}

// A new file, or one that a run before a crash has written; never through a link, since a new file
// is none.
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(path, 'utf8').catch(() => undefined)) === text;
  }
}

function numbered(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
}
