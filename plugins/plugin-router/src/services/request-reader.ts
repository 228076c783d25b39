import {
  classify,
  LABELS,
  type Classification,
  type EmbeddedText,
  type RoutingModel,
} from '../domain/classify.ts';
import { draftParts, settleParts, type Draft, type RequestPart } from '../domain/split-request.ts';
import type { Embedder } from '../ports.ts';

/** A part of a request, and the department that it is for. */
export interface ReadPart extends RequestPart, Classification {}

/** Reads requests: which parts they have, and whose work each is. Needs no language model. */
export class RequestReader {
  readonly #embedder: Embedder;
  readonly #model: RoutingModel;

  constructor(embedder: Embedder, model: RoutingModel) {
    this.#embedder = embedder;
    this.#model = model;
  }

  /** The parts of a request; none when it is blank. @throws what the embedder throws */
  async read(request: string): Promise<ReadPart[]> {
    const [parts = []] = await this.readAll([request]);
    return parts;
  }

  /** The parts of each request, embedded in few batches. */
  async readAll(requests: readonly string[]): Promise<ReadPart[][]> {
    const drafts = requests.map((request) => draftParts(request));
    const pieces = drafts.flatMap((draft) => draft.pieces.map(({ text }) => text));
    const known = await this.#embed([...requests, ...pieces], new Map());
    const settled = drafts.map((draft) => this.#settle(draft, known));
    const all = await this.#embed(
      settled.flatMap((parts) => parts.map(({ text }) => text)),
      known,
    );
    return settled.map((parts, index) => {
      const request = embedded(requests[index] ?? '', all);
      return parts.map((part) => ({
        ...part,
        ...classify(embedded(part.text, all), this.#model, request),
      }));
    });
  }

  #settle(draft: Draft, vectors: ReadonlyMap<string, readonly number[]>): RequestPart[] {
    const request = embedded(draft.request, vectors);
    const views = draft.pieces.map(({ text }) =>
      classify(embedded(text, vectors), this.#model, request),
    );
    return settleParts(draft, (left, right) => sameness(views[left], views[right]));
  }

  async #embed(
    texts: readonly string[],
    known: ReadonlyMap<string, readonly number[]>,
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    const unknown = [...new Set(texts)].filter((text) => !known.has(text));
    const vectors = unknown.length === 0 ? [] : await this.#embedder.embed(unknown);
    return new Map([
      ...known,
      ...unknown.map((text, index) => [text, vectors[index] ?? []] as const),
    ]);
  }
}

function embedded(text: string, vectors: ReadonlyMap<string, readonly number[]>): EmbeddedText {
  return { text, vector: vectors.get(text) ?? [] };
}

/** The probability that both are for the same department; high when nobody can say. */
function sameness(left: Classification | undefined, right: Classification | undefined): number {
  if (!left || !right) return 1;
  const agreement = LABELS.reduce(
    (sum, label) => sum + left.probabilities[label] * right.probabilities[label],
    0,
  );
  return Math.max(agreement, 1 - Math.min(left.confidence, right.confidence));
}
