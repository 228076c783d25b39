import { formatUsd, type PicoUsd, type TraceEvent } from '@371os/kernel';
import { withAnswer, type RoutedTask } from './task.ts';

/** What came of a request. */
export interface Reply {
  readonly text: string;
  readonly tasks: readonly RoutedTask[];
  readonly costPico: PicoUsd;
  /** Every routing and model decision, in order. */
  readonly decisions: readonly TraceEvent[];
  /** The code of the error that ended it, if one did. */
  readonly errorCode?: string | undefined;
}

const DECISIONS = new Set([
  'split',
  'routing',
  'model-call',
  'input-required',
  'budget-exceeded',
  'treasury-refused',
]);
const SILENT = 'Nobody answered. Say it in other words, or /help for what can be typed.';

/** Sums up a request from what was said and what was recorded. */
export function replyOf(answers: readonly string[], trace: readonly TraceEvent[]): Reply {
  const tasks = tasksIn(trace);
  const failure = trace.findLast((event) => event.kind === 'message-failed');
  return {
    text: answers.join('\n\n') || SILENT,
    tasks,
    costPico: tasks.reduce((sum, task) => sum + task.costPico, costOutsideTasks(trace)),
    decisions: trace.filter((event) => DECISIONS.has(event.kind)),
    ...(failure && tasks.length === 0 ? { errorCode: String(failure['code']) } : {}),
  };
}

/** The tasks in the record of a conversation. */
export function tasksIn(trace: readonly TraceEvent[]): RoutedTask[] {
  return trace.flatMap((event) => (event.kind === 'task' ? [event['task'] as RoutedTask] : []));
}

/** Answers as their asker reads them: what was said, by whom, with which model, cost and why. */
export function presentTasks(tasks: readonly RoutedTask[]): string {
  const [only, ...others] = tasks;
  if (only && others.length === 0) return presentTask(only);
  const total = tasks.reduce((sum, task) => sum + task.costPico, 0n);
  const parts = tasks.map((task, index) => `${index + 1}. ${task.text}\n${presentTask(task)}`);
  return `${parts.join('\n\n')}\n\nTogether $${formatUsd(total)}.`;
}

function presentTask(task: RoutedTask): string {
  const { agent, model, costPico, reason } = task;
  return `${withAnswer(task).answer}\n\n— ${agent} (${model}, $${formatUsd(costPico)}): ${reason}.`;
}

function costOutsideTasks(trace: readonly TraceEvent[]): PicoUsd {
  return trace
    .filter((event) => event.kind === 'model-call' && event['taskId'] === undefined)
    .reduce((sum, event) => sum + asAmount(event['costPico']), 0n);
}

function asAmount(value: unknown): PicoUsd {
  return typeof value === 'bigint' ? value : 0n;
}
