import type { DirectoryEntry } from '../domain/directory-entry.ts';
import { normaliseVector, type Example } from '../domain/likeness.ts';
import type { Embedder } from '../ports.ts';

/** The meaning of every agent's examples, worked out once for each text. */
export class ExampleIndex {
  readonly #embedder: Embedder;
  readonly #vectors = new Map<string, readonly number[]>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  /** What requests for each agent are like, in the order given. @throws what the embedder throws */
  async examplesOf(entries: readonly DirectoryEntry[]): Promise<Example[][]> {
    await this.#learn(entries.flatMap(textsOf));
    return entries.map((entry) =>
      textsOf(entry).map((text) => ({ text, vector: this.#vectors.get(text) ?? [] })),
    );
  }

  async #learn(texts: readonly string[]): Promise<void> {
    const unknown = [...new Set(texts)].filter((text) => !this.#vectors.has(text));
    if (unknown.length === 0) return;
    const vectors = await this.#embedder.embed(unknown);
    unknown.forEach((text, index) =>
      this.#vectors.set(text, normaliseVector(vectors[index] ?? [])),
    );
  }
}

// An agent that gives no examples is known by what it says it can do.
function textsOf({ examples, capabilities }: DirectoryEntry): readonly string[] {
  return examples.length > 0 ? examples : capabilities;
}
