import { CORE_SCHEMA, load, types, YAMLException } from 'js-yaml';
import { UnreadableSdlError } from '../errors.ts';

const MOST_BYTES = 65_536;
const MOST_DEPTH = 24;
const MOST_VALUES = 5_000;

// Merge keys are what Go's YAML reader has beside the core schema.
const SCHEMA = CORE_SCHEMA.extend({ implicit: [types.merge] });

/**
 * The value of a YAML text with one document. Texts of more than 64 KiB, 24 levels, or 5,000 values
 * once every alias is written out are refused: they are made to exhaust the reader.
 * @throws UnreadableSdlError
 */
export function parseSdlYaml(text: string): unknown {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MOST_BYTES)
    throw new UnreadableSdlError({
      problem: `it has ${sizeBytes.toLocaleString('en-US')} bytes, and ${MOST_BYTES.toLocaleString('en-US')} is the most`,
    });
  const value = loadYaml(text);
  // Aliases are only pointers here, and an SDL is written out in full on its way to the provider.
  countValues(value, { left: MOST_VALUES }, 0);
  return value;
}

function loadYaml(text: string): unknown {
  try {
    return load(text, { schema: SCHEMA, maxDepth: MOST_DEPTH, maxTotalMergeKeys: MOST_VALUES });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { mark, reason } = error;
    const place = mark ? `line ${String(mark.line + 1)}: ` : '';
    throw new UnreadableSdlError({ problem: `${place}${reason}`, cause: error });
  }
}

function countValues(value: unknown, budget: { left: number }, depth: number): void {
  budget.left -= 1;
  if (budget.left < 0 || depth > MOST_DEPTH)
    throw new UnreadableSdlError({
      problem: `it grows to more than ${MOST_VALUES.toLocaleString('en-US')} values or ${String(MOST_DEPTH)} levels once its aliases are written out`,
    });
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) countValues(inner, budget, depth + 1);
}
