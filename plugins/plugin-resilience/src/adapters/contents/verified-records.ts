import type { SeenFile } from '@371os/plugin-registry';
import type { ContentSource, Shareable } from '../../ports/content-source.ts';

/** The registrations of agents as they were last verified, for everyone: they are public. */
export class VerifiedRecords implements ContentSource {
  readonly name = 'record';
  readonly #list: () => Promise<readonly SeenFile[]>;

  constructor(list: () => Promise<readonly SeenFile[]>) {
    this.#list = list;
  }

  async list(): Promise<Shareable[]> {
    return (await this.#list()).map(shareable);
  }
}

function shareable({ globalId, sequence, contentHash, owner, file }: SeenFile): Shareable {
  const about = [
    `Agent ${file.name}, registered as ${globalId}, owned by ${owner}.`,
    `Version ${String(sequence ?? 0)} of its registration, with the hash ${contentHash}:`,
    JSON.stringify(file, undefined, 1),
  ];
  const content = {
    ...{ kind: 'record' as const, title: `${file.name} (${globalId})`.slice(0, 300) },
    ...{ text: about.join('\n'), audience: 'everyone', madeAtMs: 0 },
  };
  return { key: globalId, version: contentHash, read: () => Promise.resolve(content) };
}
