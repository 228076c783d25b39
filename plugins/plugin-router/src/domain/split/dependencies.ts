import type { Joining, Relation } from './grammar.ts';
import type { Order } from './references.ts';

/** What a part says about its place among the others. */
export interface Place {
  readonly relation: Joining['relation'];
  /** The joining words that it begins with, in lower case. */
  readonly phrase: string;
  /** Which sentence of the request it stands in. */
  readonly sentence: number;
  /** Follows the part before it in the same sentence. */
  readonly isSameSentence: boolean;
  /** Its number in a list; 0 when it has none. */
  readonly rank: number;
  /** Numbers of the items that it names as needed. */
  readonly needs: readonly number[];
}

/** When a part can start. */
export interface Dependency {
  readonly relation: Relation;
  /** Indexes of the parts that have to be done before, ascending. */
  readonly dependsOn: readonly number[];
  /** What the person should know about it. */
  readonly note?: string | undefined;
}

const ALTERNATIVE = /^(?:otherwise|or else|if (?:not|no|it isn't|it doesn't|they don't))\b/;
const CHAINED = /^if that works\b/;
const WAITS_FOR_ALL = /\b(?:both|all|everything|everything's|in the end|at the end)\b/;
// "Meanwhile" begins anew.
const AT_ONCE = /\b(?:meanwhile|at the same time|in the meantime|in parallel|separately)\b/;

/** Which parts wait for which. The result has no circles: what would close one is left out. */
export function relateParts(places: readonly Place[], orders: readonly Order[]): Dependency[] {
  const related: Dependency[] = [];
  for (const index of places.keys()) related.push(relate(places, related, index));
  places.forEach(({ relation }, index) => {
    const before = related[index - 1];
    if (relation === 'preceding' && before) related[index - 1] = waitFor(before, [index]);
  });
  for (const { later, earlier } of [...namedOrders(places), ...orders]) {
    const [waiting, needed] = [indexOf(places, later), indexOf(places, earlier)];
    const dependency = related[waiting];
    if (dependency && places[needed]) related[waiting] = waitFor(dependency, [needed]);
  }
  return withoutCircles(related);
}

function relate(
  places: readonly Place[],
  related: readonly Dependency[],
  index: number,
): Dependency {
  const [place, before, last] = [places[index], places[index - 1], related[index - 1]];
  if (!place || !before || !last) return FREE;
  const { relation, phrase, isSameSentence } = place;
  switch (relation) {
    case 'preceding':
      return FREE;
    case 'parallel':
      return isSameSentence && !AT_ONCE.test(phrase) && before.relation !== 'preceding'
        ? last
        : FREE;
    case 'conditional': {
      const isSibling = before.relation === 'conditional' || ALTERNATIVE.test(phrase);
      const shared = isSibling && !CHAINED.test(phrase) ? last.dependsOn : [];
      return { relation, dependsOn: shared.length > 0 ? shared : [index - 1] };
    }
    case 'sequential': {
      const first = WAITS_FOR_ALL.test(phrase) ? 0 : beginOfGroup(places, index);
      return { relation, dependsOn: openEnds(related, first, index) };
    }
  }
}

const FREE: Dependency = { relation: 'parallel', dependsOn: [] };

/** Where the sentence before begins, or the own one in its middle. */
function beginOfGroup(places: readonly Place[], index: number): number {
  const sentence = places[index - 1]?.sentence;
  return places.findIndex((place) => place.sentence === sentence);
}

/** Those from `first` on that no other one waits for. */
function openEnds(related: readonly Dependency[], first: number, end: number): number[] {
  const needed = new Set(related.flatMap(({ dependsOn }) => dependsOn));
  return Array.from({ length: end - first }, (_, offset) => first + offset).filter(
    (index) => !needed.has(index),
  );
}

function waitFor({ relation, dependsOn, note }: Dependency, needed: readonly number[]): Dependency {
  return {
    relation: relation === 'parallel' ? 'sequential' : relation,
    dependsOn: [...new Set([...dependsOn, ...needed])].sort((left, right) => left - right),
    ...(note === undefined ? {} : { note }),
  };
}

function namedOrders(places: readonly Place[]): Order[] {
  return places.flatMap(({ rank, needs }) => needs.map((earlier) => ({ later: rank, earlier })));
}

function indexOf(places: readonly Place[], rank: number): number {
  return rank === 0 ? -1 : places.findIndex((place) => place.rank === rank);
}

/** Leaves out what closes a circle; of a circle, what waits for a later part goes first. */
function withoutCircles(related: readonly Dependency[]): Dependency[] {
  const kept: Dependency[] = related.map((dependency) => ({ ...dependency, dependsOn: [] }));
  const edges = related.flatMap(({ dependsOn }, later) =>
    dependsOn.map((earlier) => ({ later, earlier })),
  );
  const inOrder = [
    ...edges.filter(({ later, earlier }) => earlier < later),
    ...edges.filter(({ later, earlier }) => earlier >= later),
  ];
  for (const { later, earlier } of inOrder) {
    const dependency = kept[later];
    if (!dependency) continue;
    kept[later] = reaches(kept, earlier, later)
      ? { ...dependency, note: circleNote(later, earlier) }
      : { ...waitFor(dependency, [earlier]), relation: dependency.relation };
  }
  return kept.map((dependency) =>
    dependency.dependsOn.length === 0 ? { ...dependency, relation: 'parallel' } : dependency,
  );
}

/** The positions of parts, each after those that it waits for, else as they stand. */
export function startOrder(dependsOn: readonly (readonly number[])[]): number[] {
  const order = new Set<number>();
  const visit = (index: number): void => {
    if (order.has(index)) return;
    for (const other of dependsOn[index] ?? []) visit(other);
    order.add(index);
  };
  for (const index of dependsOn.keys()) visit(index);
  return [...order];
}

/** Whether any of them waits for itself in the end. */
export function hasCircle(related: readonly Dependency[]): boolean {
  return related.some(({ dependsOn }, index) =>
    dependsOn.some((other) => reaches(related, other, index)),
  );
}

function reaches(related: readonly Dependency[], from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (index === to) return true;
    if (seen.has(index)) continue;
    seen.add(index);
    open.push(...(related[index]?.dependsOn ?? []));
  }
  return false;
}

function circleNote(later: number, earlier: number): string {
  return later === earlier
    ? `part ${later + 1} was to wait for itself, so it does not wait`
    : `part ${later + 1} was to wait for part ${earlier + 1}, which waits for it, so part ${later + 1} does not wait`;
}
