/** A node as it is shown. */
export interface ShownNode {
  readonly name: string;
  readonly isReachable: boolean;
  readonly agents: readonly unknown[];
  readonly seenAtMs: number;
  readonly clockOffsetMs?: number | undefined;
  /** How many letters wait for it. */
  readonly waiting: number;
}

const UNREMARKABLE_MS = 2_000;

/** A node in a line. */
export function describeNode(node: ShownNode, nowMs: number): string {
  const { name, isReachable, agents, seenAtMs, clockOffsetMs = 0, waiting } = node;
  const minutes = Math.max(0, Math.round((nowMs - seenAtMs) / 60_000));
  const standing = isReachable ? 'can be reached' : `was last heard ${String(minutes)} min ago`;
  const clock =
    Math.abs(clockOffsetMs) < UNREMARKABLE_MS
      ? ''
      : `, its clock is ${String(Math.round(Math.abs(clockOffsetMs) / 1_000))} s ${clockOffsetMs > 0 ? 'ahead' : 'behind'}`;
  const letters =
    ['', ', a letter waits for it'][waiting] ?? `, ${String(waiting)} letters wait for it`;
  return `${name} ${standing}, with ${String(agents.length)} agents${clock}${letters}`;
}

/** Something that was found, with as much of its text as fits into an answer. */
export function describeFinding(finding: {
  readonly title: string;
  readonly node: string;
  readonly cid: string;
  readonly text: string;
  readonly score: number;
  readonly found: readonly string[];
}): string {
  const { title, node, cid, text, score, found } = finding;
  const shown = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN).toWellFormed()} ...` : text;
  const why = `${String(Math.round(score * 100))} %: ${found.slice(0, 8).join(', ')}`;
  return `${title} (from ${node}, ${why})\n${shown}\n${cid}`;
}

const MOST_SHOWN = 1_500;
