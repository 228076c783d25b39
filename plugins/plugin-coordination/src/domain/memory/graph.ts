import { z } from 'zod';

// The keys of the tables' indexes have to fit into a third of a page.
const NAME_LENGTH = 256;
const TYPE_LENGTH = 128;
const CONTENT_LENGTH = 16_384;
export const MOST_AT_ONCE = 1_000;

// PostgreSQL keeps neither in a text.
function isKeepable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const words = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(isKeepable, 'text without NUL and without half a character is expected');

export const entityName = words(NAME_LENGTH);
const content = words(CONTENT_LENGTH);
const many = <Item extends z.ZodType>(item: Item) => z.array(item).max(MOST_AT_ONCE);

export const entity = z.object({
  name: entityName.describe('The name of the entity'),
  entityType: words(TYPE_LENGTH).describe('The type of the entity'),
  observations: many(content).describe('What is known of the entity, a sentence each'),
});

export const relation = z.object({
  from: entityName.describe('The name of the entity where the relation starts'),
  to: entityName.describe('The name of the entity where the relation ends'),
  relationType: words(TYPE_LENGTH).describe('The relation, in the active voice'),
});

export const addition = z.object({
  entityName: entityName.describe('The name of an entity that there is'),
  contents: many(content).describe('What is to be added, a sentence each'),
});

const deletion = z.object({
  entityName: entityName.describe('The name of the entity'),
  observations: many(content).describe('What is to be forgotten of it, word for word'),
});

export const entities = many(entity);
export const relations = many(relation);
export const additions = many(addition);
export const deletions = many(deletion);
export const entityNames = many(entityName);

export type Entity = z.output<typeof entity>;
export type Relation = z.output<typeof relation>;
export type Addition = z.output<typeof addition>;
export type Deletion = z.output<typeof deletion>;

/** Who wrote something, and when. */
export const provenance = z.object({ by: z.string(), at: z.iso.datetime() });
export type Provenance = z.output<typeof provenance>;

export interface KnownEntity extends Entity {
  readonly provenance: Provenance;
  /** Of each observation, in the same order. */
  readonly said: readonly Provenance[];
}

export interface KnownRelation extends Relation {
  readonly provenance: Provenance;
}

export interface KnownGraph {
  readonly entities: readonly KnownEntity[];
  readonly relations: readonly KnownRelation[];
}
