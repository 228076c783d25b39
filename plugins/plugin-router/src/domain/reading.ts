import { formatUsd, type PicoUsd } from '@371os/kernel';
import type { RequestPart } from './split-request.ts';

/** Who cut a request into parts, and why. */
export interface SplitRecord {
  readonly by: 'rules' | 'model';
  /** Why rules were unsure; none when they were sure. */
  readonly doubts: readonly string[];
  /** `provider:model` that was asked, if any was. */
  readonly model?: string | undefined;
  readonly costPico: PicoUsd;
  /** Why its answer was not followed. */
  readonly refusal?: string | undefined;
}

/** What a request said about one of its parts beside its words, and how it was found out. */
export interface PartRecord {
  readonly relation?: RequestPart['relation'] | undefined;
  readonly condition?: string | undefined;
  readonly context?: string | undefined;
  readonly note?: string | undefined;
  /** Set when no rule may do it, though one may fit its words. */
  readonly needsModel?: boolean | undefined;
  readonly split: SplitRecord;
}

export const BY_RULES: SplitRecord = { by: 'rules', doubts: [], costPico: 0n };

/** How a part came to be, in lines for a person. A confidential one is not quoted. */
export function explainPart(
  { relation, condition, note, split }: PartRecord,
  { isConfidential }: { isConfidential: boolean },
): string[] {
  const words = isConfidential || condition === undefined ? '' : ` ("${condition}")`;
  return [
    ...(relation === 'conditional' ? [`- it is done on a condition${words}`] : []),
    ...(relation === 'sequential' ? ['- it is done after others'] : []),
    ...(note === undefined ? [] : [`- ${note}`]),
    ...explainSplit(split, isConfidential),
  ];
}

function explainSplit(
  { by, doubts, model, costPico, refusal }: SplitRecord,
  isConfidential: boolean,
): string[] {
  if (doubts.length === 0) return [];
  const because = doubts.join(', ');
  const paid = model === undefined ? '' : ` (${model}, $${formatUsd(costPico)})`;
  if (by === 'model') return [`- a language model cut the request${paid}, since ${because}`];
  const advice =
    refusal === undefined
      ? 'there was no language model to ask'
      : `a language model${paid} was not followed${isConfidential ? '' : `: ${refusal}`}`;
  return [`- rules cut the request and are unsure, since ${because}; ${advice}`];
}
