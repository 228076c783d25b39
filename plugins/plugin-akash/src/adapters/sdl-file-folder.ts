import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { SdlFileError } from '../errors.ts';
import type { SdlFiles } from '../ports/planning.ts';

const MOST_BYTES = 65_536;

/** SDL files in one folder and those below it. Links that lead out of it are not followed. */
export class SdlFileFolder implements SdlFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws SdlFileError */
  async read(path: string): Promise<string> {
    if (!/^[\w./-]+\.ya?ml$/.test(path))
      throw new SdlFileError({ name: path, problem: 'it has to end in .yaml or .yml' });
    const found = await this.#find(path);
    const file = await open(found, 'r');
    try {
      const { size } = await file.stat();
      if (size > MOST_BYTES)
        throw new SdlFileError({
          name: path,
          problem: `it is larger than ${MOST_BYTES.toLocaleString('en-US')} bytes`,
        });
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  async #find(path: string): Promise<string> {
    const [folder, file] = await Promise.all([
      realpath(this.#folder).catch(() => undefined),
      realpath(resolve(this.#folder, path)).catch(() => undefined),
    ]);
    const way = folder === undefined || file === undefined ? '..' : relative(folder, file);
    // Whether there is such a file elsewhere is nobody's business.
    if (file === undefined || way.startsWith('..') || isAbsolute(way))
      throw new SdlFileError({
        name: path,
        problem: 'there is no such file in the folder that AKASH_SDL_DIRECTORY names',
      });
    return file;
  }
}
