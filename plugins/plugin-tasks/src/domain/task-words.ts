import type { Task } from './task.ts';

const SHOWN_ID = 8;
const SHOWN_TEXT = 80;
const SHOWN_ANSWER = 160;

/** As much of an id as a person has to type. */
export function shortId(id: string): string {
  return id.slice(0, SHOWN_ID);
}

/** One task in a line or two: id, state, agent, what it is, and what a person should know of it. */
export function describeTask(task: Task): string {
  const line = `${shortId(task.id)} · ${task.state} · ${task.agent} · ${shorten(task.text, SHOWN_TEXT)}`;
  const note = noteOf(task);
  return note ? `${line}\n  ${shorten(note, SHOWN_ANSWER)}` : line;
}

/** Tasks for a person to read, in the order given. */
export function describeTasks(tasks: readonly Task[]): string {
  return tasks.length === 0 ? 'There are no such tasks.' : tasks.map(describeTask).join('\n');
}

function noteOf({ state, answer, waitingFor }: Task): string {
  if (state === 'COMPLETED') return '';
  if (answer) return answer;
  return waitingFor ? `It waits for ${waitingFor}.` : '';
}

function shorten(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
