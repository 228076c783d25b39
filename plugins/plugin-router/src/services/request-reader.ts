import {
  classify,
  LABELS,
  type Classification,
  type EmbeddedText,
  type RoutingModel,
} from '../domain/classify.ts';
import { BY_RULES, type SplitRecord } from '../domain/reading.ts';
import {
  draftParts,
  marginsOf,
  partAt,
  settleParts,
  type Draft,
  type RequestPart,
  type Sameness,
} from '../domain/split-request.ts';
import { doubtsAbout } from '../domain/doubts.ts';
import { judgeProposal } from '../domain/split/proposal.ts';
import type { Advice, Embedder, SplitAdvisor } from '../ports.ts';

/** A part of a request, and the department that it is for. */
export interface ReadPart extends RequestPart, Classification {}

/** The parts of a request, and who found them. */
export interface Reading {
  readonly parts: readonly ReadPart[];
  readonly split: SplitRecord;
}

type Vectors = ReadonlyMap<string, readonly number[]>;

interface Settled {
  readonly draft: Draft;
  readonly sameness: Sameness;
  readonly parts: readonly RequestPart[];
}

// A model would have to write all of it again, and its answer would be cut off.
const LONGEST_ASKED_CHARACTERS = 6_000;

/** Reads requests: which parts they have, and whose work each is. */
export class RequestReader {
  readonly #embedder: Embedder;
  readonly #model: RoutingModel;

  constructor(embedder: Embedder, model: RoutingModel) {
    this.#embedder = embedder;
    this.#model = model;
  }

  /** The parts of a request, by rules; none when it is blank. @throws what the embedder throws */
  async read(request: string): Promise<ReadPart[]> {
    const [parts = []] = await this.readAll([request]);
    return parts;
  }

  /** The parts of each request by rules, embedded in few batches. */
  async readAll(requests: readonly string[]): Promise<ReadPart[][]> {
    const { settled, vectors } = await this.#settleAll(requests);
    return this.#classifyAll(
      settled.map(({ draft, parts }) => ({ request: draft.request, parts })),
      vectors,
    );
  }

  /**
   * The parts of a request, by a language model where rules are unsure and it says nothing of its
   * own. @throws what the embedder throws
   */
  async consult(request: string, advisor: SplitAdvisor): Promise<Reading> {
    const { settled, vectors } = await this.#settleAll([request]);
    const [own] = settled;
    const [parts = []] = await this.#classifyAll([{ request, parts: own?.parts ?? [] }], vectors);
    const doubts = own ? doubtsOf(own, parts) : [];
    if (doubts.length === 0) return { parts, split: BY_RULES };
    if (request.length > LONGEST_ASKED_CHARACTERS)
      return { parts, split: { ...BY_RULES, doubts, refusal: 'it is too long for a model' } };
    const advice = await advisor.advise(request);
    if (!advice) return { parts, split: { ...BY_RULES, doubts } };
    const { model, costPico } = advice;
    const split = { doubts, costPico, ...(model === undefined ? {} : { model }) };
    const verdict = judge(request, advice);
    if ('refusal' in verdict) return { parts, split: { ...split, by: 'rules', ...verdict } };
    const advised = verdict.parts.map((part) => partAt(request, part));
    const [read = []] = await this.#classifyAll([{ request, parts: advised }], vectors);
    return { parts: read, split: { ...split, by: 'model' } };
  }

  async #settleAll(
    requests: readonly string[],
  ): Promise<{ settled: readonly Settled[]; vectors: Vectors }> {
    const drafts = requests.map((request) => draftParts(request));
    const pieces = drafts.flatMap((draft) => draft.pieces.map(({ text }) => text));
    const vectors = await this.#embed([...requests, ...pieces], new Map());
    return { settled: drafts.map((draft) => this.#settle(draft, vectors)), vectors };
  }

  #settle(draft: Draft, vectors: Vectors): Settled {
    const request = embedded(draft.request, vectors);
    const views = draft.pieces.map(({ text }) =>
      classify(embedded(text, vectors), this.#model, request),
    );
    const sameness: Sameness = (left, right) => samenessOf(views[left], views[right]);
    return { draft, sameness, parts: settleParts(draft, sameness) };
  }

  async #classifyAll(
    cut: readonly { request: string; parts: readonly RequestPart[] }[],
    known: Vectors,
  ): Promise<ReadPart[][]> {
    const texts = cut.flatMap(({ parts }) => parts.map(({ text }) => text));
    const vectors = await this.#embed(texts, known);
    return cut.map(({ request, parts }) =>
      parts.map((part) => ({
        ...part,
        ...classify(embedded(part.text, vectors), this.#model, embedded(request, vectors)),
      })),
    );
  }

  async #embed(texts: readonly string[], known: Vectors): Promise<Vectors> {
    const unknown = [...new Set(texts)].filter((text) => !known.has(text));
    const vectors = unknown.length === 0 ? [] : await this.#embedder.embed(unknown);
    return new Map([
      ...known,
      ...unknown.map((text, index) => [text, vectors[index] ?? []] as const),
    ]);
  }
}

function judge(request: string, { proposal, problem }: Advice): ReturnType<typeof judgeProposal> {
  if (!proposal) return { refusal: problem ?? 'it gave no answer' };
  return judgeProposal(request, proposal);
}

function doubtsOf({ draft, sameness }: Settled, parts: readonly ReadPart[]): string[] {
  return doubtsAbout({
    draft,
    margins: marginsOf(draft, sameness),
    hasAbstention: parts.some(({ isAbstention }) => isAbstention),
  });
}

function embedded(text: string, vectors: Vectors): EmbeddedText {
  return { text, vector: vectors.get(text) ?? [] };
}

/** The probability that both are for the same department; high when nobody can say. */
function samenessOf(left: Classification | undefined, right: Classification | undefined): number {
  if (!left || !right) return 1;
  const agreement = LABELS.reduce(
    (sum, label) => sum + left.probabilities[label] * right.probabilities[label],
    0,
  );
  return Math.max(agreement, 1 - Math.min(left.confidence, right.confidence));
}
