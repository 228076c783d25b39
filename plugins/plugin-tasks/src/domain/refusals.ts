/** A task as far as it names others. */
export interface Naming {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly parentId?: string | undefined;
}

/**
 * Of tasks that are submitted together, those that can never begin, each with a sentence that says
 * why: they wait for themselves, or name a task that there is none of.
 * @param isKnown whether there is such a task besides those submitted now
 */
export function findRefusals(
  tasks: readonly Naming[],
  isKnown: (id: string) => boolean,
): Map<string, string> {
  const own = new Set(tasks.map(({ id }) => id));
  const circles = findCircles(tasks);
  const refusals = new Map<string, string>();
  for (const { id, dependsOn, parentId } of tasks) {
    const named = [...dependsOn, ...(parentId === undefined ? [] : [parentId])];
    const unknown = named.find((other) => !own.has(other) && !isKnown(other));
    if (unknown !== undefined)
      refusals.set(id, `This was not begun: it refers to task ${unknown}, and there is none.`);
    else if (circles.has(id))
      refusals.set(
        id,
        'This was not begun: it waits for a result that waits for this one in turn.',
      );
  }
  return refusals;
}

/** Those that wait for themselves. Those that only wait for a circle are not part of it. */
export function findCircles(tasks: readonly Naming[]): Set<string> {
  const edges = new Map(tasks.map(({ id, dependsOn }) => [id, dependsOn]));
  return new Set(tasks.filter(({ id }) => reaches(edges, id)).map(({ id }) => id));
}

function reaches(edges: ReadonlyMap<string, readonly string[]>, start: string): boolean {
  const seen = new Set<string>();
  const open = [...(edges.get(start) ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === start) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(edges.get(id) ?? []));
  }
  return false;
}
