import { answerFor, emptyReflection, escapeField, writeResponse } from './eliza-response.ts';
import type { PromptKind } from './prompt-kind.ts';

const THOUGHT = 'Answering directly.';
const OPEN = '<response>';
const CLOSE = '</response>';
// In the middle of a line it is something that the model talks about.
const OWN_OPEN = /(?:^|\n)[ \t]*<response>/;

/**
 * What ElizaOS can read, from what a model wrote. A model that answers in plain prose would be
 * asked three times and then have said nothing; its prose becomes the reply, and nothing in it is
 * a command. A response that was cut off or lacks a tag is completed.
 */
export function shapeAnswer(kind: PromptKind, written: string): string {
  if (kind === 'other') return written;
  const answer = withoutThinking(written);
  const inside = responseIn(answer);
  return inside === undefined
    ? wrapProse(kind, answer.trim())
    : OPEN + inside + completion(kind, inside);
}

/** Whether a model has said nothing, for all that it may have thought. */
export function isEmptyAnswer(written: string): boolean {
  return withoutThinking(written).trim() === '';
}

function withoutThinking(written: string): string {
  return written.replace(/^\s*<think>[\s\S]*?(?:<\/think>|$)/, '');
}

/** The inside of the response that the model wrote, its tags not yet checked. */
function responseIn(answer: string): string | undefined {
  const own = OWN_OPEN.exec(answer);
  if (own) return answer.slice(own.index + own[0].length).split(CLOSE, 1)[0];
  return /^\s*(?:```xml\s*)?<(?:thought|actions?|text|name)>/.test(answer) ? answer : undefined;
}

/** What ends a response, with the tags that it lacks, so that ElizaOS need not ask again. */
function completion(kind: PromptKind, inside: string): string {
  const halfTag = /<\/?[\w-]*$/.test(inside) ? '>' : '';
  const openText = inside.lastIndexOf('<text>') > inside.lastIndexOf('</text>') ? '</text>' : '';
  const complete = inside + halfTag + openText;
  return halfTag + openText + (kind === 'dialog' ? missingTags(complete) : '') + CLOSE;
}

function missingTags(inside: string): string {
  const has = (tag: string): boolean =>
    new RegExp(`<${tag}>\\s*\\S[\\s\\S]*?</${tag}>`).test(inside);
  const thought = has('thought') ? '' : `<thought>${THOUGHT}</thought>`;
  if (has('actions')) return thought;
  const prose = has('text') ? '' : `<text>${escapeField('text', stripTags(inside))}</text>`;
  return `${thought}<actions>REPLY</actions>${prose}`;
}

function wrapProse(kind: PromptKind, prose: string): string {
  if (prose === '') return '';
  if (kind === 'reflection') return emptyReflection(prose);
  if (kind === 'should-respond') return wrapDecision(prose);
  return answerFor(kind, kind === 'decision' ? prose : THOUGHT, prose) ?? prose;
}

function wrapDecision(prose: string): string {
  const action = /\b(RESPOND|IGNORE|STOP)\b/.exec(prose)?.[1];
  return action ? writeResponse({ reasoning: prose, action }) : prose;
}

function stripTags(inside: string): string {
  return inside.replace(/<\/?[a-zA-Z][\w-]*>/g, ' ').trim();
}

const PROSE_AFTER_CHARACTERS = 160;
const HELD_TAIL = Math.max(CLOSE.length, '</response'.length, '&quot;'.length);

/**
 * `shapeAnswer` for a text that is still being written. Dialog goes on as it comes, whether prose
 * or XML; what nobody watches is held until it is complete.
 */
export class AnswerShaper {
  readonly #kind: PromptKind;
  #state: 'undecided' | 'response' | 'prose' = 'undecided';
  #held = '';
  #inside = '';
  #isClosed = false;

  constructor(kind: PromptKind) {
    this.#kind = kind;
  }

  /** Takes a piece and returns what may go on. */
  push(piece: string): string {
    if (this.#kind === 'other') return piece;
    this.#held += piece;
    const begun = this.#state === 'undecided' ? this.#decide() : '';
    if (this.#state === 'response') return begun + this.#passResponse();
    if (this.#state === 'prose') return begun + this.#passProse(HELD_TAIL);
    return begun;
  }

  /** What is still to go on at the end. */
  end(): string {
    if (this.#kind === 'other') return '';
    if (this.#state === 'undecided') return shapeAnswer(this.#kind, this.#held);
    if (this.#state === 'prose') return `${this.#passProse(0)}</text>${CLOSE}`;
    return this.#endResponse();
  }

  #decide(): string {
    const isDialog = this.#kind === 'dialog';
    if (!isDialog && this.#kind !== 'reply' && this.#kind !== 'summary') return '';
    const said = withoutThinking(this.#held);
    const own = OWN_OPEN.exec(said);
    if (own) {
      this.#state = 'response';
      this.#held = said.slice(own.index + own[0].length);
      return OPEN;
    }
    if (/^\s*[<`]/.test(said) || said.length < PROSE_AFTER_CHARACTERS) return '';
    this.#state = 'prose';
    this.#held = said;
    const actions = isDialog ? '<actions>REPLY</actions><providers></providers>' : '';
    return `${OPEN}<thought>${THOUGHT}</thought>${actions}<text>`;
  }

  #passResponse(): string {
    if (this.#isClosed) return '';
    const end = this.#held.indexOf(CLOSE);
    this.#isClosed = end >= 0;
    return this.#take(this.#isClosed ? end : Math.max(0, this.#held.length - HELD_TAIL));
  }

  #take(length: number): string {
    const passed = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#inside += passed;
    return passed;
  }

  #endResponse(): string {
    const rest = this.#isClosed ? '' : this.#take(this.#held.length);
    return rest + completion(this.#kind, this.#inside);
  }

  #passProse(keep: number): string {
    const cut = Math.max(0, this.#held.length - keep);
    // Cutting inside of what has to be escaped would let it through in two halves.
    const opening = Math.max(this.#held.lastIndexOf('<', cut), this.#held.lastIndexOf('&', cut));
    const end = keep > 0 && opening >= 0 && cut - opening < keep ? opening : cut;
    const passed = this.#held.slice(0, end);
    this.#held = this.#held.slice(end);
    return escapeField('text', passed);
  }
}
