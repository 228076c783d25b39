import { z } from 'zod';
import type { TextHash } from './letter.ts';

const text = z.string().min(1).max(200_000);
const name = z.string().min(1).max(200);

/** A task that a node asks an agent of another one to do. Nothing of it is confidential. */
export const taskLetter = z.strictObject({
  /** The id of the task where it was asked. */
  task: z.string().max(100),
  agent: name,
  text,
  /** Who asks, as the asking node calls them. */
  requester: name,
  /** Whether that is the owner of the organisation. */
  isOwner: z.boolean(),
  /** What the agent should know beside the text. */
  context: z.string().max(100_000).optional(),
  /** How often the request was handed on. */
  hops: z.number().int().min(0).max(100),
});
export type TaskLetter = z.output<typeof taskLetter>;

/** What became of a task. */
export const answerLetter = z.strictObject({
  /** The id of the letter that it answers. */
  to: z.string().max(120),
  /** As A2A 1.0 names it: one of those in which a task has ended. */
  state: z.enum(['COMPLETED', 'FAILED', 'CANCELED', 'REJECTED']),
  answer: z.string().max(200_000),
  /** `provider:model`; `none` without one. */
  model: z.string().max(200),
  /** What it has cost the node that did it, in US dollars. */
  costUsd: z.string().regex(/^\d{1,9}(\.\d{1,12})?$/),
});
export type AnswerLetter = z.output<typeof answerLetter>;

/** What a task that was given to another node waits for. */
export const ANOTHER_NODE = 'another-node';

/** The id of the letter that asks for a task: given again, it is the same letter. */
export function taskLetterId(taskId: string): string {
  return `task:${taskId}`;
}

/** The id of the letter that answers one. */
export function answerLetterId({ sender, number }: { sender: string; number: number }): string {
  return `answer:${sender}:${String(number)}`;
}

/** The id, a UUID, under which the receiver keeps the task of a letter: always the same for it. */
export function receivedTaskId(
  { sender, id }: { readonly sender: string; readonly id: string },
  sha256: TextHash,
): string {
  return uuidFrom(sha256(`task of ${sender} ${id}`));
}

/** The room, a UUID, of a requester of another node. */
export function requesterRoomId(sender: string, requester: string, sha256: TextHash): string {
  return uuidFrom(sha256(`room of ${sender} ${requester}`));
}

// Version 8: made from a hash in a way of one's own (RFC 9562).
function uuidFrom(hash: string): string {
  const [first, second, third, fourth, fifth] = [
    ...[hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(12, 15)}`],
    ...[`a${hash.slice(15, 18)}`, hash.slice(18, 30)],
  ];
  return [first, second, third, fourth, fifth].join('-');
}
