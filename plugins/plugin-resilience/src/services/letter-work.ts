import { BaseError, every, formatUsd } from '@371os/kernel';
import { hasEnded, UnknownTaskError, type Task, type TasksService } from '@371os/plugin-tasks';
import type { Letter, TextHash } from '../domain/letters/letter.ts';
import {
  ANOTHER_NODE,
  answerLetter,
  answerLetterId,
  receivedTaskId,
  requesterRoomId,
  taskLetter,
  type AnswerLetter,
  type TaskLetter,
} from '../domain/letters/task-letter.ts';
import { NotAllHereError, UnknownLetterError } from '../errors/letters.ts';
import type { LetterSender, LetterStore } from '../ports/letter-store.ts';

export interface LetterWorkInit {
  readonly tasks: Pick<TasksService, 'submit' | 'get' | 'list' | 'goOn' | 'onChange'>;
  readonly letters: Pick<LetterStore, 'unanswered' | 'answerTo'>;
  readonly post: LetterSender;
  readonly sha256: TextHash;
  /** Whether an agent of this node has that name; undefined as long as agents may yet come. */
  readonly isOurs: (agent: string) => boolean | undefined;
  readonly nameOf: (node: string) => string;
  readonly hurry: (receiver: string) => void;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 5_000;
const MOST_ANSWER = 200_000;
const MOST_WAITING = 200;

/** Has the tasks of other nodes done here, and those of this node go on when they were done elsewhere. */
export class LetterWork {
  readonly #init: LetterWorkInit;
  readonly #ends: (() => void)[] = [];
  #answering: Promise<void> = Promise.resolve();

  constructor(init: LetterWorkInit) {
    this.#init = init;
  }

  /** Begins to answer, first what was done while nobody was here. */
  start(): void {
    const { tasks, onError } = this.#init;
    this.#ends.push(
      tasks.onChange((task) => {
        if (hasEnded(task.state) && task.idempotencyKey?.startsWith(KEY) === true) this.look();
      }),
      every(LOOK_MS, () => this.#look(), onError),
    );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Looks at once whether something can be answered, or go on. */
  look(): void {
    this.#look().catch(this.#init.onError);
  }

  /**
   * Does what a letter asks for; done again it changes nothing.
   * @throws UnknownLetterError, NotAllHereError, TaskStoreError: it has to come again
   */
  async effect(letter: Letter): Promise<void> {
    if (letter.kind === 'answer') return;
    if (letter.kind !== 'task') throw new UnknownLetterError({ kind: letter.kind });
    const asked = taskLetter.safeParse(letter.body);
    if (!asked.success) return this.#reject(letter, 'It is no task that can be read here.');
    const { agent } = asked.data;
    const isOurs = this.#init.isOurs(agent);
    if (isOurs === undefined) throw new NotAllHereError({ agent });
    if (!isOurs) return this.#reject(letter, `There is no ${agent} here.`);
    try {
      await this.#submit(letter, asked.data);
    } catch (error) {
      if (!BaseError.isInstance(error) || error.isRetryable) throw error;
      await this.#reject(letter, error.message);
    }
  }

  // Nobody has more rights here than where they asked: whoever is not the owner is a guest.
  async #submit(
    letter: Letter,
    { agent, text, requester, isOwner, context, hops }: TaskLetter,
  ): Promise<void> {
    const { tasks, sha256, nameOf } = this.#init;
    const { sender, id } = letter;
    await tasks.submit({
      id: receivedTaskId(letter, sha256),
      idempotencyKey: `${KEY}${sender}:${id}`,
      ...{ agent, text, isConfidential: false },
      reason: `it was asked for on the node ${nameOf(sender)}`,
      requester: isOwner
        ? { id: 'owner', role: 'owner' }
        : { id: `node:${sender.slice(-8)}:${requester}`.slice(0, 200), role: 'guest' },
      roomId: requesterRoomId(sender, requester, sha256),
      data: { hops, ...(context === undefined ? {} : { context }) },
    });
  }

  #look(): Promise<void> {
    this.#answering = this.#answering.then(
      () => this.#answerAll(),
      () => this.#answerAll(),
    );
    return this.#answering;
  }

  async #answerAll(): Promise<void> {
    for (const letter of await this.#init.letters.unanswered()) await this.#answer(letter);
    await this.#goOn();
  }

  async #answer(letter: Letter): Promise<void> {
    const task = await this.#taskOf(letter);
    if (!task) await this.#reject(letter, 'The task is not kept here any more.');
    else if (isOver(task.state))
      await this.#send(letter, {
        ...{ to: letter.id, state: task.state, model: task.model.slice(0, 200) },
        answer: task.answer.slice(0, MOST_ANSWER).toWellFormed(),
        costUsd: formatUsd(task.costPico),
      });
  }

  async #taskOf(letter: Letter): Promise<Task | undefined> {
    const { tasks, sha256 } = this.#init;
    try {
      return await tasks.get(receivedTaskId(letter, sha256));
    } catch (error) {
      if (error instanceof UnknownTaskError) return undefined;
      throw error;
    }
  }

  #reject(letter: Letter, answer: string): Promise<void> {
    const nothing = { model: 'none', costUsd: '0' };
    return this.#send(letter, { to: letter.id, state: 'REJECTED', answer, ...nothing });
  }

  async #send(letter: Letter, answer: AnswerLetter): Promise<void> {
    const { post, hurry } = this.#init;
    const { sender: receiver } = letter;
    const body = answerLetter.parse(answer);
    await post.send({ receiver, kind: 'answer', body, id: answerLetterId(letter) });
    hurry(receiver);
  }

  // Going on, they find their answer; whoever asked is told as of any task.
  async #goOn(): Promise<void> {
    const { tasks, letters } = this.#init;
    const waiting = await tasks.list({
      ...{ states: ['INPUT_REQUIRED'], waitingFor: ANOTHER_NODE, limit: MOST_WAITING },
    });
    for (const { id } of waiting) if (await letters.answerTo(`task:${id}`)) await tasks.goOn(id);
  }
}

const KEY = 'letter:';

function isOver(state: Task['state']): state is AnswerLetter['state'] {
  return hasEnded(state);
}
