import { z } from 'zod';
import { InvalidDrillError } from '../errors/drills.ts';
import { DRILL_KINDS, DRILL_SECONDS, type DrillKind } from './drill.ts';

/** A drill as somebody asks for it. */
export interface DrillRequest {
  readonly kind: DrillKind;
  /** The name of an agent, for kill and stop, or of a model provider. */
  readonly target: string;
  readonly seconds: number;
}

const LONGEST = 1_000;
const KIND = String.raw`(?<kind>kill|stop|pause|black[ -]?hole|provider[ -]gone)`;
const SECONDS = String.raw`(?:\s+(?:for\s+)?(?<seconds>\d{1,4})\s*(?:s|sec|secs|seconds?)?)?`;
const NAME = String.raw`(?:(?:the\s+)?(?:agent|process\s+of|model\s+provider|provider)\s+)?(?<target>[\p{L}\d][\p{L}\d ._-]{0,63}?)`;
const ASKED = new RegExp(
  String.raw`^(?!(?:how|what|when|where|who|why|did|does|is|was|were|has|have)\b).*\b(?:run|start|do|perform|carry\s+out|hold)\s+(?:an?|the|another)?\s*(?:resilience\s+)?(?:${KIND}\s+)?(?:resilience\s+)?drill(?:\s+(?:on|of|for|with|against)\s+${NAME}${SECONDS})?\s*[.!?]?$`,
  'iu',
);
const TYPED = new RegExp(String.raw`^${KIND}\s+${NAME}${SECONDS}$`, 'iu');

/** The fields of the action in a message, or undefined when it asks for no drill. */
export function readDrillWish(text: string): Record<string, string> | undefined {
  const match = text.length > LONGEST ? null : ASKED.exec(text.trim());
  return match ? fieldsOf(match) : undefined;
}

/** `kill CFO Maya`, `stop CFO Maya 15`. @throws InvalidDrillError */
export function readDrillCommand(text: string): DrillRequest {
  const match = text.length > LONGEST ? null : TYPED.exec(text.trim());
  if (!match) throw new InvalidDrillError({ problem: 'its kind and its target are wanted' });
  return readDrillRequest(fieldsOf(match));
}

const fields = z.object({
  kind: z.enum(DRILL_KINDS, `its kind is one of ${DRILL_KINDS.join(', ')}`),
  target: z
    .string('its target is missing: an agent, or a model provider')
    .trim()
    .min(1, 'its target is missing: an agent, or a model provider')
    .max(200),
  seconds: z.coerce.number('seconds are a number').int().optional(),
});

/** The fields of an action or of a request over REST. @throws InvalidDrillError */
export function readDrillRequest(raw: unknown): DrillRequest {
  const named = z.looseObject({ kind: z.unknown() }).catch({ kind: undefined }).parse(raw);
  const read = fields.safeParse({ ...named, kind: kindOf(named.kind) });
  if (!read.success)
    throw new InvalidDrillError({ problem: read.error.issues[0]?.message ?? 'it is empty' });
  const { kind, target } = read.data;
  const { usual, least, most } = DRILL_SECONDS[kind];
  const seconds = most === 0 ? 0 : (read.data.seconds ?? usual);
  if (seconds < least || seconds > most)
    throw new InvalidDrillError({
      problem: `it may last from ${String(least)} to ${String(most)} seconds`,
    });
  return { kind, target, seconds };
}

function fieldsOf({ groups = {} }: RegExpExecArray): Record<string, string> {
  return Object.fromEntries(
    Object.entries(groups).filter((field): field is [string, string] => Boolean(field[1])),
  );
}

function kindOf(word: unknown): unknown {
  if (typeof word !== 'string') return undefined;
  const plain = word
    .trim()
    .toLowerCase()
    .replaceAll(/[ _-]+/g, ' ');
  if (plain === 'pause') return 'stop';
  return plain === 'black hole' ? 'blackhole' : plain;
}
