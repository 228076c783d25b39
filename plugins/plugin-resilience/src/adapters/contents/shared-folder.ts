import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { ContentSource, Shareable } from '../../ports/content-source.ts';

const SHARED = /\.(md|txt)$/i;
const MOST_FILES = 2_000;
const MOST_DEPTH = 8;
const MOST_BYTES = 1_000_000;
const HEADING = /^#{1,3}\s+(.+)$/m;

/** The Markdown and text files of a folder, for everyone. Hidden ones and links are left out. */
export class SharedFolder implements ContentSource {
  readonly name = 'file';
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<Shareable[]> {
    const paths = (await this.#below(this.#folder, 0)).slice(0, MOST_FILES);
    const all = await Promise.all(paths.map((path) => this.#shareable(path)));
    return all.flatMap((one) => one ?? []);
  }

  async #below(folder: string, depth: number): Promise<string[]> {
    if (depth > MOST_DEPTH) return [];
    const entries = await readdir(folder, { withFileTypes: true });
    const shown = entries.filter(({ name }) => !name.startsWith('.'));
    const files = shown.filter((entry) => entry.isFile() && SHARED.test(entry.name));
    const folders = shown.filter((entry) => entry.isDirectory());
    const deeper = await Promise.all(
      folders.map(({ name }) => this.#below(join(folder, name), depth + 1)),
    );
    return [...files.map(({ name }) => join(folder, name)), ...deeper.flat()];
  }

  async #shareable(path: string): Promise<Shareable | undefined> {
    const { size, mtimeMs } = await stat(path);
    if (size > MOST_BYTES) return undefined;
    const madeAtMs = Math.max(0, Math.round(mtimeMs));
    const key = relative(this.#folder, path).replaceAll('\\', '/');
    return {
      key,
      version: `${String(madeAtMs)}/${String(size)}`,
      read: async () => {
        const text = (await readFile(path, 'utf8')).replaceAll('\u0000', '').toWellFormed();
        const title = (HEADING.exec(text)?.[1] ?? basename(path)).trim().slice(0, 300);
        return { kind: 'document', title, text, audience: 'everyone', madeAtMs };
      },
    };
  }
}
