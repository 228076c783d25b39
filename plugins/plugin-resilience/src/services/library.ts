import { withinTime, type Principal } from '@371os/kernel';
import { z } from 'zod';
import {
  blockOf,
  CONTENT_KINDS,
  contentSchema,
  mayRead,
  MOST_BLOCK_BYTES,
  type Content,
} from '../domain/contents/content.ts';
import { ENOUGH_SCORE } from '../domain/contents/kept-answer.ts';
import { topicOf } from '../domain/contents/question.ts';
import { scoreOf, weighWords } from '../domain/contents/rank.ts';
import { wordsOf } from '../domain/contents/words.ts';
import { ContentAwayError, ContentTooBigError, LibraryLateError } from '../errors/contents.ts';
import type { Mesh } from '../ports/mesh.ts';
import { COPY, type ContentStore } from '../store/content-store.ts';

/** A content that may answer a question. */
export interface Finding extends Content {
  readonly cid: string;
  /** The name of the node that it was made on. */
  readonly node: string;
  /** How much of the question's weight it has, from 0 to 1: rare words weigh more. */
  readonly score: number;
  /** The words of the question that it has. */
  readonly found: readonly string[];
}

export interface LibraryInit {
  readonly self: string;
  readonly nodeName: string;
  readonly store: ContentStore;
  readonly cidOf: (block: string) => string;
  /** The mesh while this process is in it. */
  readonly mesh: () => Mesh | undefined;
  readonly onError: (error: unknown) => void;
}

export interface FindOptions {
  /** How long other nodes are waited for, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly limit?: number | undefined;
  /** What fits less is left out, from 0 to 1. */
  readonly minimumScore?: number | undefined;
  /** Asks no other node: nothing of the question may leave this one. */
  readonly isOnlyHere?: boolean | undefined;
}

const FIND_MS = 3_000;
const FETCH_MS = 5_000;
const ANSWER_MS = 3_000;
const MOST_FOUND = 20;
const MOST_WORDS_ASKED = 50;

const question = z.strictObject({ words: z.array(z.string().max(60)).max(MOST_WORDS_ASKED) });
const wanted = z.strictObject({ cid: z.string().max(100) });
const hit = z.strictObject({
  cid: z.string().max(100),
  kind: z.enum(CONTENT_KINDS),
  title: z.string().max(300),
  audience: z.string().max(200),
  origin: z.string().max(100),
  found: z.array(z.string().max(60)).max(MOST_WORDS_ASKED),
  score: z.number().min(0).max(1),
});
const hits = z.array(hit).max(MOST_FOUND);
const block = z.strictObject({ block: z.string().max(MOST_BLOCK_BYTES) });

type Hit = z.output<typeof hit>;

/** The contents of this node and of those that can be reached. */
export class Library {
  readonly #init: LibraryInit;

  constructor(init: LibraryInit) {
    this.#init = init;
  }

  /** Answers what other nodes ask, until the returned function is called. */
  serve(mesh: Mesh): () => void {
    const endFinding = mesh.serve('find', (body) => this.#search(question.parse(body).words));
    const endGiving = mesh.serve('content', async (body) => {
      const { cid } = wanted.parse(body);
      const content = await this.#init.store.get(cid);
      if (!content) throw new ContentAwayError({ cid });
      return { block: blockOf(content) };
    });
    return () => {
      endFinding();
      endGiving();
    };
  }

  /** Keeps a content of this node. @returns its CID. @throws ContentTooBigError */
  async keep(source: string, made: Omit<Content, 'origin'>): Promise<string> {
    const { self, store, cidOf } = this.#init;
    const content = contentSchema.parse({ ...made, origin: self });
    const text = blockOf(content);
    const bytes = Buffer.byteLength(text);
    if (bytes > MOST_BLOCK_BYTES)
      throw new ContentTooBigError({ title: content.title, bytes, most: MOST_BLOCK_BYTES });
    const cid = cidOf(text);
    await store.keep({ cid, source, content, words: searchableWords(content) });
    return cid;
  }

  /**
   * What may answer a question, the best first, of all nodes that answer in time. Only what the person
   * may read is in it; what another node had is kept here from then on.
   * @throws ResilienceStoreError
   */
  async find(
    text: string,
    principal: Principal,
    { timeoutMs = FIND_MS, limit = 5, minimumScore = 0.3, isOnlyHere = false }: FindOptions = {},
  ): Promise<Finding[]> {
    const words = wordsOf(text).slice(0, MOST_WORDS_ASKED);
    if (words.length === 0) return [];
    const [own, ...others] = await Promise.all([
      this.#search(words).then((found) => found.map((one) => ({ ...one, holders: [] }))),
      ...(isOnlyHere ? [] : this.#reachable()).map((peer) => this.#ask(peer, words, timeoutMs)),
    ]);
    const best = merged([...own, ...others.flat()])
      .filter((one) => one.score >= minimumScore && mayRead(one, principal, this.#init.self))
      .sort((left, right) => right.score - left.score || left.cid.localeCompare(right.cid))
      .slice(0, limit);
    const findings = await Promise.all(best.map((one) => this.#open(one, principal)));
    return findings.flatMap((one) => one ?? []);
  }

  /**
   * What answers a question well enough, if anything does in time: it has most of the words that say
   * what the question is about.
   * @throws LibraryLateError, ResilienceStoreError
   */
  answer(
    text: string,
    principal: Principal,
    { timeoutMs = ANSWER_MS, isOnlyHere }: Pick<FindOptions, 'timeoutMs' | 'isOnlyHere'> = {},
  ): Promise<Finding | undefined> {
    const topic = topicOf(text).join(' ');
    // Whoever does not answer for half of the time leaves the other half for what others have.
    const options = { limit: 3, minimumScore: ENOUGH_SCORE, timeoutMs: timeoutMs / 2, isOnlyHere };
    const found = this.find(topic, principal, options).then(([best]) => best);
    return withinTime(found, timeoutMs, () => new LibraryLateError({ timeoutMs }));
  }

  /**
   * A content by its CID: this node's own, or that of a node that has it, checked and kept.
   * @param holders nodes that are asked first
   * @throws ContentAwayError, ResilienceStoreError
   */
  async get(cid: string, holders: readonly string[] = this.#reachable()): Promise<Content> {
    const own = await this.#init.store.get(cid);
    if (own) return own;
    for (const peer of holders) {
      const content = await this.#fetch(peer, cid);
      if (!content) continue;
      const kept = { cid, source: COPY, content, words: searchableWords(content) };
      await this.#init.store.keep(kept);
      await this.#init.store.forgetOldCopies();
      return content;
    }
    throw new ContentAwayError({ cid });
  }

  async #search(words: readonly string[]): Promise<Hit[]> {
    const { store } = this.#init;
    const { counts, total } = await store.count(words);
    const weights = weighWords(counts, total);
    return (await store.having(words))
      .map((one) => ({ ...one, found: [...one.found], score: scoreOf(one.found, weights) }))
      .sort((left, right) => right.score - left.score)
      .slice(0, MOST_FOUND);
  }

  #reachable(): string[] {
    const peers = this.#init.mesh()?.peers() ?? [];
    return peers.filter(({ isReachable }) => isReachable).map(({ id }) => id);
  }

  // A node that does not answer has nothing to tell.
  async #ask(
    peer: string,
    words: readonly string[],
    timeoutMs: number,
  ): Promise<(Hit & { holders: string[] })[]> {
    try {
      const told = await this.#init.mesh()?.ask(peer, 'find', { words }, { timeoutMs });
      return hits.parse(told ?? []).map((one) => ({ ...one, holders: [peer] }));
    } catch (error) {
      this.#init.onError(error);
      return [];
    }
  }

  async #fetch(peer: string, cid: string): Promise<Content | undefined> {
    const mesh = this.#init.mesh();
    try {
      const told = await mesh?.ask(peer, 'content', { cid }, { timeoutMs: FETCH_MS });
      const { block: text } = block.parse(told);
      if (this.#init.cidOf(text) === cid) return contentSchema.parse(JSON.parse(text));
      mesh?.blame(peer, 'forged');
    } catch (error) {
      this.#init.onError(error);
    }
    return undefined;
  }

  // What a hit says of the content is only believed once its block has been checked.
  async #open(
    { cid, holders, score, found }: Hit & { holders: string[] },
    principal: Principal,
  ): Promise<Finding | undefined> {
    try {
      const content = await this.get(cid, holders);
      if (!mayRead(content, principal, this.#init.self)) return undefined;
      return { ...content, cid, score, found, node: this.#nameOf(content.origin) };
    } catch (error) {
      if (error instanceof ContentAwayError) return undefined;
      throw error;
    }
  }

  #nameOf(origin: string): string {
    const { self, nodeName, mesh } = this.#init;
    if (origin === self) return nodeName;
    return (
      mesh()
        ?.peers()
        .find(({ id }) => id === origin)?.name ?? origin
    );
  }
}

function searchableWords({ title, text }: Content): string[] {
  return [...new Set([...wordsOf(title), ...wordsOf(text)])].slice(0, 2_000);
}

function merged(all: readonly (Hit & { holders: string[] })[]): (Hit & { holders: string[] })[] {
  const byCid = new Map<string, Hit & { holders: string[] }>();
  for (const one of all) {
    const known = byCid.get(one.cid);
    if (!known) byCid.set(one.cid, one);
    else {
      const holders = [...known.holders, ...one.holders];
      byCid.set(one.cid, { ...(one.score > known.score ? one : known), holders });
    }
  }
  return [...byCid.values()];
}
