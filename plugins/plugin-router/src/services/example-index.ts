import { normaliseVector, type Candidate } from '../domain/choose-agent.ts';
import type { DirectoryEntry, Embedder } from '../ports.ts';

/** The meaning of every agent's examples, worked out once for each text. */
export class ExampleIndex {
  readonly #embedder: Embedder;
  readonly #vectors = new Map<string, readonly number[]>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  async candidates(entries: readonly DirectoryEntry[]): Promise<Candidate[]> {
    await this.#learn(entries.flatMap((entry) => entry.examples));
    return entries.map(({ name, role, examples }) => ({
      agent: name,
      role,
      examples: examples.map((text) => ({ text, vector: this.#vectors.get(text) ?? [] })),
    }));
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
