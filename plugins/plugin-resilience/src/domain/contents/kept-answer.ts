import type { Content } from './content.ts';
import { passageOf } from './passage.ts';

/**
 * How much of the weight of a question's own words a content must have to answer it, from 0 to 1. Of two
 * words that are equally rare it takes both, of three two, so that one may be there in another form.
 */
export const ENOUGH_SCORE = 0.5;

const MOST_SHOWN = 700;

/** A kept content as the answer to a question, with where it is from. */
export function describeKeptAnswer(
  kept: Pick<Content, 'kind' | 'title' | 'text' | 'madeAtMs'> & {
    readonly cid: string;
    readonly node: string;
    readonly found: readonly string[];
  },
): string {
  const { kind, title, text, madeAtMs, cid, node, found } = kept;
  const made = `${new Date(madeAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    `No language model can be asked in backup mode. This is not a new answer, but what ${node} has kept:`,
    passageOf(text, found, MOST_SHOWN),
    `— "${title}", ${KINDS[kind]}, made ${made}. ${cid}`,
  ].join('\n\n');
}

const KINDS: Readonly<Record<Content['kind'], string>> = {
  document: 'a document',
  record: 'a registry record',
  memory: 'a memory of an agent',
  answer: 'the answer to an earlier question',
};
