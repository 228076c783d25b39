import { wordsOf } from './words.ts';

const LONGEST_QUESTION = 500;
const TELLING = /^(?:can|could|would|will) you (?:please )?(?:tell|explain|say)\b/i;
const REQUEST = /^(?:can|could|would|will) you\b/i;
const GREETING = /^(?:(?:hi|hello|hey|so|and|please|now)[,:]?\s+)+/i;
const BEGINNING =
  /^(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|does|do|did|has|have)\b/i;
const MARK = /[?？؟]/g;

// Every text has them, so a text that has nothing but them of a question says nothing about it.
const COMMON = new Set(
  `a an the and or of in on at to for from by with as about is are was were be been do does did has have
   had can could may might should would will shall what which who whom whose when where why how much many
   long often it its this that these those there our we us you your i me my any some not no please tell
   explain say`.split(/\s+/),
);

/** Whether a message is one question that a text may answer, and does not ask that something be done. */
export function isQuestion(text: string): boolean {
  const said = text.trim().replace(GREETING, '');
  if (said === '' || said.length > LONGEST_QUESTION) return false;
  if (REQUEST.test(said) && !TELLING.test(said)) return false;
  const marks = said.match(MARK)?.length ?? 0;
  return marks === 1 || (marks === 0 && (BEGINNING.test(said) || TELLING.test(said)));
}

/** The words of a question that say what it is about, as contents are searched for. */
export function topicOf(text: string): string[] {
  return wordsOf(text).filter((word) => !COMMON.has(word));
}
