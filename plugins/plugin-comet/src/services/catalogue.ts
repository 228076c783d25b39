import { KeyedQueue } from '@371os/kernel';
import type { Checked, Shortcut } from '../domain/shortcut.ts';
import { readShortcut } from '../domain/shortcut.ts';
import { readWorkspace, type Workspace } from '../domain/workspace.ts';
import type { ReadFrontMatter } from '../ports/front-matter.ts';
import type { SkillFile, SkillFiles } from '../ports/skill-files.ts';

/** All that is in the folders, as it was at the last look. */
export interface Contents {
  readonly shortcuts: ReadonlyMap<string, Shortcut>;
  /** The text of the file of each. */
  readonly texts: ReadonlyMap<string, string>;
  readonly workspaces: ReadonlyMap<string, Workspace>;
  /** What is wrong with files, a sentence each: file, line and what to do. */
  readonly problems: readonly string[];
  /** What is wrong with the shortcut of a name. */
  readonly broken: ReadonlyMap<string, string>;
}

interface Found<Value> {
  readonly byName: Map<string, Value>;
  readonly texts: Map<string, string>;
  readonly broken: Map<string, string>;
  readonly problems: string[];
}

/** The shortcuts and workspaces that there are. */
export class Catalogue {
  readonly #files: SkillFiles;
  readonly #readFrontMatter: ReadFrontMatter;
  readonly #queue = new KeyedQueue();
  readonly #read = new WeakMap<SkillFile, Checked<unknown> | string>();
  #contents: Contents = {
    ...{ shortcuts: new Map(), texts: new Map(), workspaces: new Map() },
    ...{ problems: [], broken: new Map() },
  };

  constructor(files: SkillFiles, readFrontMatter: ReadFrontMatter) {
    this.#files = files;
    this.#readFrontMatter = readFrontMatter;
  }

  get contents(): Contents {
    return this.#contents;
  }

  /** Looks at the folders; what has not changed is not read again. */
  async refresh(): Promise<Contents> {
    return this.#queue.run('', async () => {
      const shortcuts = await this.#find('shortcuts', readShortcut);
      const workspaces = await this.#find('workspaces', readWorkspace);
      const unknown = [...workspaces.byName.values()].flatMap(({ name, shortcuts: named }) =>
        named
          .filter((shortcut) => !shortcuts.byName.has(shortcut))
          .map((shortcut) => `The workspace ${name} names /${shortcut}, which there is not.`),
      );
      this.#contents = {
        shortcuts: shortcuts.byName,
        texts: shortcuts.texts,
        workspaces: workspaces.byName,
        broken: shortcuts.broken,
        problems: [...new Set([...shortcuts.problems, ...workspaces.problems, ...unknown])],
      };
      return this.#contents;
    });
  }

  async #find<Value>(
    kind: 'shortcuts' | 'workspaces',
    read: (fields: unknown, body: string) => Checked<Value>,
  ): Promise<Found<Value>> {
    const { files, problems } = await this.#files.list(kind);
    const found: Found<Value> = {
      ...{ byName: new Map(), texts: new Map(), broken: new Map(), problems: [...problems] },
    };
    for (const file of files) {
      const value = this.#valueOf(file, read);
      // A file that is not good does not hide behind another of its name.
      found.byName.delete(file.folder);
      found.broken.delete(file.folder);
      if (typeof value === 'string') {
        found.broken.set(file.folder, value);
        found.problems.push(value);
      } else {
        found.byName.set(file.folder, value.value);
        found.texts.set(file.folder, file.text);
      }
    }
    return found;
  }

  #valueOf<Value>(
    file: SkillFile,
    read: (fields: unknown, body: string) => Checked<Value>,
  ): { readonly value: Value } | string {
    const known = this.#read.get(file) ?? this.#check(file, read);
    this.#read.set(file, known);
    return known as { readonly value: Value } | string;
  }

  #check<Value>(
    { path, folder, text }: SkillFile,
    read: (fields: unknown, body: string) => Checked<Value>,
  ): { readonly value: Value } | string {
    const front = this.#readFrontMatter(text);
    if ('problem' in front) return `${path}, line ${front.line}: ${front.problem}.`;
    const checked = read(front.fields, front.body);
    if ('problems' in checked)
      return checked.problems
        .map(({ path: keys, below, problem }) => {
          const field = keys.length === 0 ? '' : `${keys.join('.')}: `;
          return `${path}, line ${front.lineOf(keys, below)}: ${field}${problem}.`;
        })
        .join(' ');
    const { name } = checked.value as { name: string };
    if (name === folder) return checked;
    return `${path}, line ${front.lineOf(['name'])}: name: it is "${name}" and its folder "${folder}": give both the same name.`;
  }
}
