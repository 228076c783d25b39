import type { IdSource } from '@371os/kernel';
import { MemoryTooLargeError, UnknownEntitiesError, UnknownMemoryError } from '../errors/memory.ts';
import { requireScope, type Access } from '../domain/access/access.ts';
import type { Addition, Deletion, Entity, KnownGraph, Relation } from '../domain/memory/graph.ts';
import { recalled, wordsToRecall, type Recalled } from '../domain/memory/recall.ts';
import {
  isForChat,
  maySee,
  spaceFor,
  spaceOf,
  uriOf,
  type Chat,
  type Space,
  type WantedSpace,
} from '../domain/memory/space.ts';
import type { ChangedSpace, MemoryStore, Selection } from '../store/memory-store.ts';

export interface SharedMemoryInit {
  readonly store: MemoryStore;
  readonly organisation: string;
  readonly newId: IdSource;
}

const MOST_ENTITIES = 5_000;
const MOST_SPACES = 200;
// Of each space that a chat looks into.
const MOST_RECALLED = 200;

/** What programs and agents remember together, each seeing the spaces that are theirs. */
export class SharedMemory {
  readonly #init: SharedMemoryInit;
  #tell: () => void = () => undefined;

  constructor(init: SharedMemoryInit) {
    this.#init = init;
  }

  /** Has somebody told of each write here. */
  onChange(tell: () => void): void {
    this.#tell = tell;
  }

  /** @returns the entities that there were not yet */
  async createEntities(
    access: Access,
    wanted: WantedSpace,
    entities: readonly Entity[],
  ): Promise<Entity[]> {
    const { store, newId } = this.#init;
    return this.#write(access, wanted, async (space, by) => {
      const made = new Set(await store.createEntities(entities, { space, by, newId }));
      // Of two with one name the first was made.
      return entities.filter(({ name }) => made.delete(name));
    });
  }

  /** @returns the relations that there were not yet */
  async createRelations(
    access: Access,
    wanted: WantedSpace,
    relations: readonly Relation[],
  ): Promise<Relation[]> {
    const { store, newId } = this.#init;
    return this.#write(access, wanted, (space, by) =>
      store.createRelations(relations, { space, by, newId }),
    );
  }

  /** Adds what is not said yet. @throws UnknownEntitiesError, and then nothing is added */
  async addObservations(
    access: Access,
    wanted: WantedSpace,
    additions: readonly Addition[],
  ): Promise<{ entityName: string; addedObservations: string[] }[]> {
    return this.#write(access, wanted, async (space, by) => {
      const { missing, added } = await this.#init.store.addObservations(additions, { space, by });
      if (missing.length > 0) throw new UnknownEntitiesError({ names: missing });
      return [...new Set(additions.map(({ entityName }) => entityName))].map((entityName) => ({
        entityName,
        addedObservations: added
          .filter(({ name }) => name === entityName)
          .map(({ content }) => content),
      }));
    });
  }

  async deleteEntities(
    access: Access,
    wanted: WantedSpace,
    names: readonly string[],
  ): Promise<void> {
    await this.#write(access, wanted, (space) => this.#init.store.deleteEntities(names, space));
  }

  async deleteObservations(
    access: Access,
    wanted: WantedSpace,
    deletions: readonly Deletion[],
  ): Promise<void> {
    await this.#write(access, wanted, (space) =>
      this.#init.store.deleteObservations(deletions, space),
    );
  }

  async deleteRelations(
    access: Access,
    wanted: WantedSpace,
    relations: readonly Relation[],
  ): Promise<void> {
    await this.#write(access, wanted, (space) =>
      this.#init.store.deleteRelations(relations, space),
    );
  }

  /** @throws MemoryTooLargeError */
  async read(access: Access, wanted: WantedSpace, selection: Selection): Promise<KnownGraph> {
    requireScope(access, 'memory:read');
    return this.#read(spaceFor(access, this.#init.organisation, wanted), selection);
  }

  /** The whole of the space that a URI names. @throws UnknownMemoryError, MemoryTooLargeError */
  async readUri(access: Access, uri: string): Promise<KnownGraph> {
    requireScope(access, 'memory:read');
    const space = spaceOf(uri);
    if (!space || !this.maySee(access, uri)) throw new UnknownMemoryError({ uri });
    return this.#read(space, { kind: 'all' });
  }

  /** What is remembered about a message, as far as whoever says it in a chat may know it. */
  async recall(chat: Chat, message: string): Promise<Recalled> {
    const { store, organisation } = this.#init;
    const words = wordsToRecall(message);
    if (words.length === 0) return { entities: [], relations: [] };
    const known = await store.spaces(organisation, MOST_SPACES);
    const spaces = known.filter((space) => isForChat(space, chat));
    const graphs = await Promise.all(
      spaces.map((space) => store.read(space, { kind: 'words', words }, MOST_RECALLED)),
    );
    return recalled(graphs, words);
  }

  /** Whether a URI names a space that somebody may see. */
  maySee(access: Access, uri: string): boolean {
    const space = spaceOf(uri);
    return space !== undefined && maySee(access, this.#init.organisation, space);
  }

  /** The spaces that somebody may see; their own is always among them. */
  async list(access: Access): Promise<string[]> {
    const { store, organisation } = this.#init;
    const own = uriOf(spaceFor(access, organisation, {}));
    const known = await store.spaces(organisation, MOST_SPACES);
    const seen = known.filter((space) => maySee(access, organisation, space)).map(uriOf);
    return [...new Set([own, ...seen])];
  }

  /** How often each space has been changed, by whatever process. */
  async changes(): Promise<ChangedSpace[]> {
    return this.#init.store.spaces(this.#init.organisation, MOST_SPACES);
  }

  async #write<Result>(
    access: Access,
    wanted: WantedSpace,
    work: (space: Space, by: string) => Promise<Result>,
  ): Promise<Result> {
    requireScope(access, 'memory:write');
    const space = spaceFor(access, this.#init.organisation, wanted);
    const result = await work(space, access.principal.id);
    this.#tell();
    return result;
  }

  async #read(space: Space, selection: Selection): Promise<KnownGraph> {
    const { store } = this.#init;
    const graph = await store.read(space, selection, MOST_ENTITIES + 1);
    if (graph.entities.length <= MOST_ENTITIES) return graph;
    const entities = await store.countEntities(space);
    throw new MemoryTooLargeError({ entities, most: MOST_ENTITIES });
  }
}
