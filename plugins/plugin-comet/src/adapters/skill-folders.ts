import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileProblemOf } from '@371os/kernel';
import type { FoundFiles, SkillFile, SkillFiles } from '../ports/skill-files.ts';

const FILE = 'SKILL.md';
const FOLDER_NAME = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/;
const MOST_FOLDERS = 200;
const LARGEST_BYTES = 64_000;

interface Cached {
  readonly version: string;
  readonly file: SkillFile;
}

/**
 * `ROOT/shortcuts/NAME/SKILL.md` and `ROOT/workspaces/NAME/SKILL.md` below some roots. Nothing is read
 * through a symbolic link or out of another folder, and a file is read anew when it has changed.
 */
export class SkillFolders implements SkillFiles {
  readonly #roots: readonly string[];
  readonly #cache = new Map<string, Cached>();

  /** @param roots later ones have precedence */
  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  async list(kind: 'shortcuts' | 'workspaces'): Promise<FoundFiles> {
    const found = await Promise.all(this.#roots.map((root) => this.#listRoot(root, kind)));
    return {
      files: found.flatMap(({ files }) => files),
      problems: found.flatMap(({ problems }) => problems),
    };
  }

  async #listRoot(root: string, kind: string): Promise<FoundFiles> {
    let base: string;
    try {
      base = await realpath(root);
    } catch {
      const hint = 'make it, or take it out of COMET_FOLDERS';
      return { files: [], problems: [`There is no folder ${root}: ${hint}.`] };
    }
    const folder = join(base, kind);
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const names = entries.map(({ name }) => name).sort();
    const problems: string[] = [];
    const files: SkillFile[] = [];
    for (const name of names.slice(0, MOST_FOLDERS)) {
      const found = await this.#readFolder(join(folder, name), name);
      if (typeof found === 'string') problems.push(found);
      else if (found) files.push(found);
    }
    if (names.length > MOST_FOLDERS)
      problems.push(`${folder} has more than ${MOST_FOLDERS} entries: the others are left out.`);
    return { files, problems };
  }

  // A sentence for what cannot be taken; nothing for what is no folder of ours.
  async #readFolder(folder: string, name: string): Promise<SkillFile | string | undefined> {
    const path = join(folder, FILE);
    try {
      const own = await lstat(folder);
      if (own.isSymbolicLink()) return `${folder} is a symbolic link: copy the folder instead.`;
      if (!own.isDirectory()) return undefined;
      if (!FOLDER_NAME.test(name))
        return `${folder} has a name that cannot be typed: use lower case words with hyphens.`;
      return await this.#readFile(path, name);
    } catch (error) {
      return `${path} cannot be read: ${describe(error)}.`;
    }
  }

  async #readFile(path: string, folder: string): Promise<SkillFile | string> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size, mtimeMs, ino, isFile } = await statOf(file);
      if (!isFile) return `${path} is no file: write a ${FILE}.`;
      if (size > LARGEST_BYTES) return `${path} has more than ${LARGEST_BYTES} bytes: shorten it.`;
      const version = [size, mtimeMs, ino].join(' ');
      const known = this.#cache.get(path);
      if (known?.version === version) return known.file;
      const bytes = Buffer.alloc(LARGEST_BYTES);
      const { bytesRead } = await file.read(bytes, 0, LARGEST_BYTES, 0);
      const read = { path, folder, text: bytes.toString('utf8', 0, bytesRead) };
      this.#cache.set(path, { version, file: read });
      return read;
    } finally {
      await file.close();
    }
  }
}

async function statOf(
  file: Awaited<ReturnType<typeof open>>,
): Promise<{ size: number; mtimeMs: number; ino: number; isFile: boolean }> {
  const stat = await file.stat();
  const { size, mtimeMs, ino } = stat;
  return { size, mtimeMs, ino, isFile: stat.isFile() };
}

function describe(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ELOOP' ? 'it is a symbolic link; copy the file instead' : fileProblemOf(error);
}

/** The root of what this package brings along. */
export function shippedFolder(): string {
  return fileURLToPath(new URL('../../', import.meta.url));
}
