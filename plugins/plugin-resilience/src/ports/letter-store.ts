import type { Json } from '../domain/letters/canonical-json.ts';
import type { MissingLetter, SentLetters } from '../domain/letters/causal-order.ts';
import type { SenderState } from '../domain/letters/judge-letter.ts';
import type { Letter } from '../domain/letters/letter.ts';
import type { Receipt, Refusal } from '../domain/letters/receipt.ts';
import type { SyncLog } from './sync-log.ts';

/** A letter that has yet to be numbered. */
export interface NewLetter {
  readonly receiver: string;
  readonly kind: string;
  readonly body: Json;
  /** A letter of this id is sent once, however often it is given; a new one by default. */
  readonly id?: string | undefined;
}

export interface LetterSender {
  /** Keeps a letter until its receiver has it. @throws OutboxFullError, OutboxBusyError */
  send(letter: NewLetter): Promise<Letter>;
}

/** Where the letters to one receiver stand. */
export interface ReceiverState extends SenderState {
  /** How many have not been acknowledged. */
  readonly waiting: number;
  readonly sent: SentLetters;
}

/**
 * The letters of a node, in and out. What a method has done is kept, and done whole or not at all;
 * each throws ResilienceStoreError when the database fails.
 */
export interface LetterStore extends SyncLog {
  /** How the letters to a receiver stand. */
  receiver(id: string): Promise<ReceiverState>;
  /**
   * Keeps a letter that is the next one to its receiver. False when another one is, or when its id is
   * known.
   * @param isCutOff whether its receiver cannot be reached now
   */
  add(letter: Letter, isCutOff: boolean): Promise<boolean>;
  /** A letter of this node. */
  find(id: string): Promise<Letter | undefined>;
  /** Letters to a receiver from a number on, at most so many, in order. */
  from(receiver: string, number: number, limit: number): Promise<Letter[]>;
  /** The number of the first letter that a receiver has not acknowledged. */
  firstWaiting(receiver: string): Promise<number | undefined>;
  /** Receivers with letters that wait. */
  receiversWaited(): Promise<string[]>;
  /** Notes what a receiver has; false, with nothing noted, when it has something else than was sent. */
  acknowledge(receiver: string, receipt: Receipt): Promise<boolean>;
  /** What waits for a receiver was changed while it could not be reached. */
  linkLost(receiver: string): Promise<void>;
  /** A receiver that had been lost can be reached again. */
  linkBack(receiver: string): Promise<void>;
  /** How the letters of a sender stand. */
  sender(id: string): Promise<SenderState>;
  /** How many letters of each sender count as applied. */
  applied(): Promise<Readonly<Record<string, number>>>;
  /** The hash of an applied letter, as long as it is kept. */
  hashOf(sender: string, number: number): Promise<string | undefined>;
  /**
   * Keeps what a letter tells of others. It comes before the letter's effect, so that what is written
   * because of the effect carries it on.
   */
  learn(letter: Letter): Promise<void>;
  /** Notes that a letter is applied; false when it is not the next one. */
  apply(letter: Letter): Promise<boolean>;
  /** Since when a letter has to wait for others, in milliseconds: this call may be the first. */
  heldMs(sender: string, number: number): Promise<number>;
  /** Letters that are not waited for any more; they may still come. */
  giveUp(missing: readonly MissingLetter[]): Promise<void>;
  /** Notes that something of a sender was refused. */
  noteRefusal(sender: string, why: Refusal): Promise<void>;
  /** The applied letter whose body says that it is the answer `to` a letter of ours. */
  answerTo(letterId: string): Promise<Letter | undefined>;
  /** Applied letters of the kind `task` that no letter of this node answers, the oldest first. */
  unanswered(): Promise<Letter[]>;
  /** Forgets letters that were acknowledged or applied so many days ago; never the newest. */
  prune(keepDays: number): Promise<void>;
}
