import type { Clause } from './clauses.ts';
import { isBare, refersBack } from './grammar.ts';
import type { Span } from './tokens.ts';

/** A clause that asks for something, with what was said before it. */
export interface Asking extends Clause {
  /** Statements that introduce it, and that belong to no part. */
  readonly lead: Span | undefined;
}

interface Reading {
  readonly kept: readonly Asking[];
  /** Statements that may introduce what comes next. */
  readonly pending: readonly Clause[];
  readonly lead: Span | undefined;
}

/**
 * Finds the place of what only tells something. It belongs to a request that says nothing without
 * it ("The forum is full of spam. What should we do?"), else to the request that it follows. Before
 * the first request, or at the beginning of a line, it introduces all that comes after it.
 */
export function placeStatements(clauses: readonly Clause[]): Asking[] {
  const start: Reading = { kept: [], pending: [], lead: undefined };
  const { kept, pending } = clauses.reduce(
    (reading, clause, index) =>
      isTelling(clause) ? tell(reading, clause) : ask(reading, clause, clauses[index + 1]),
    start,
  );
  return pending.length === 0 ? [...kept] : appendTo(kept, pending);
}

function isTelling({ isStatement, hasJoiner }: Clause): boolean {
  return isStatement && !hasJoiner;
}

function tell(reading: Reading, clause: Clause): Reading {
  const { kept, pending } = reading;
  const belongsBefore = kept.length > 0 && pending.length === 0 && refersBack(clause.tokens);
  if (belongsBefore) return { ...reading, kept: appendTo(kept, [clause]) };
  return { ...reading, pending: [...pending, clause] };
}

function ask(reading: Reading, clause: Clause, next: Clause | undefined): Reading {
  const { kept, pending } = reading;
  const [first] = pending;
  const span = first && { start: first.start, end: pending.at(-1)?.end ?? first.end };
  if (!first || !span) return { ...reading, kept: [...kept, { ...clause, lead: reading.lead }] };
  const isAlone = next?.isSameSentence !== true;
  if (isBare(clause.tokens) || (isAlone && refersBack(clause.tokens))) {
    const joined: Asking = { ...clause, start: span.start, lead: reading.lead, joint: 'likely' };
    return { ...reading, pending: [], kept: [...kept, joined] };
  }
  if (kept.length > 0 && !first.startsLine)
    return {
      ...reading,
      pending: [],
      kept: [...appendTo(kept, pending), { ...clause, lead: reading.lead }],
    };
  // "The checkout is broken. Also write a post." asks for both.
  if (clause.hasJoiner && kept.length === 0 && !first.isHeading)
    return {
      lead: undefined,
      pending: [],
      kept: [
        { ...first, ...span, lead: undefined },
        { ...clause, lead: undefined },
      ],
    };
  return { lead: span, pending: [], kept: [...kept, { ...clause, lead: span }] };
}

function appendTo(kept: readonly Asking[], statements: readonly Clause[]): Asking[] {
  const last = kept.at(-1);
  const end = statements.at(-1)?.end;
  if (!last || end === undefined)
    return statements.map((clause) => ({ ...clause, lead: undefined }));
  return [...kept.slice(0, -1), { ...last, end }];
}
