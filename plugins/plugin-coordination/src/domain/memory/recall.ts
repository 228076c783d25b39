import type { Entity, KnownEntity, KnownGraph, Relation } from './graph.ts';

/** What is told of a memory: entities with what is said of them, best first, and their relations. */
export interface Recalled {
  readonly entities: readonly Entity[];
  readonly relations: readonly Relation[];
}

// Words that most messages have, and no memory is known by.
const FILLERS = new Set(
  'about after all also and any are been but can could did does for from had has have her hers him his how its just let may might more most much must not now off one only our out over please shall she should some such tell than thank thanks that the their them then there these they this those too very was were what when where which while who whom whose why will with would yes you your'.split(
    ' ',
  ),
);
const SHORTEST = 3;
const MOST_WORDS = 32;
const MOST_ENTITIES = 12;
const MOST_OBSERVATIONS = 8;
const MOST_RELATIONS = 20;

/** The words of a message that something may be remembered under, each once. */
export function wordsToRecall(message: string): string[] {
  const words = wordsIn(message).filter((word) => word.length >= SHORTEST && !FILLERS.has(word));
  return [...new Set(words)].slice(0, MOST_WORDS);
}

/**
 * What is remembered under words, best first. A word that few entities have says more than one that many
 * have, and a name more than what is said of somebody.
 */
export function recalled(graphs: readonly KnownGraph[], words: readonly string[]): Recalled {
  const found = graphs.flatMap((graph) => graph.entities).map((entity) => hitsOf(entity, words));
  const scored = found
    .map(({ entity, named, said }) => {
      const score = sum(named, (word) => 2 / spread(found, word)) + scoreOf(found, said);
      return { entity, score, hits: new Set([...named, ...said]) };
    })
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, MOST_ENTITIES);
  const names = new Set(scored.map(({ entity }) => entity.name));
  return {
    entities: scored.map(({ entity, hits }) => shortened(entity, hits)),
    relations: graphs
      .flatMap((graph) => graph.relations)
      .filter(({ from, to }) => names.has(from) || names.has(to))
      .slice(0, MOST_RELATIONS),
  };
}

interface Hits {
  readonly entity: KnownEntity;
  readonly named: readonly string[];
  readonly said: readonly string[];
}

function hitsOf(entity: KnownEntity, words: readonly string[]): Hits {
  const { name, entityType, observations } = entity;
  return {
    entity,
    named: wordsFound(`${name} ${entityType}`, words),
    said: wordsFound(observations.join(' '), words),
  };
}

function scoreOf(found: readonly Hits[], words: readonly string[]): number {
  return sum(words, (word) => 1 / spread(found, word));
}

/** How many entities have a word. */
function spread(found: readonly Hits[], word: string): number {
  return found.filter(({ named, said }) => named.includes(word) || said.includes(word)).length;
}

function sum(words: readonly string[], weight: (word: string) => number): number {
  return words.reduce((total, word) => total + weight(word), 0);
}

// "budget" finds "budgets", and "budgets" finds "budget"; "art" does not find "cart".
function wordsFound(text: string, words: readonly string[]): string[] {
  const there = wordsIn(text);
  return words.filter((word) =>
    there.some((one) => one.startsWith(word) || (one.length > SHORTEST && word.startsWith(one))),
  );
}

function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

// What was asked about first, then what was said last.
function shortened({ name, entityType, observations }: KnownEntity, hits: Set<string>): Entity {
  const asked = observations.filter((one) => wordsFound(one, [...hits]).length > 0);
  const others = observations.filter((one) => !asked.includes(one)).reverse();
  return { name, entityType, observations: [...asked, ...others].slice(0, MOST_OBSERVATIONS) };
}
