import type { IAgentRuntime } from '@elizaos/core';
import { processWide } from './process-wide.ts';

type TasksAsked = Parameters<IAgentRuntime['getTasks']>[0];

// For tasks that somebody writes past the agents of this process.
const ASKED_AGAIN_MS = 30_000;

/**
 * Spares the embedded database the question that ElizaOS asks it once a second for each agent: whether
 * there is a task in the agent's own queue. An answer that there is none stays true until one is made,
 * since nobody else uses that database. Agents that start together ask together, and kept everybody
 * else waiting for it (with ten agents 20 ms in each second, measured 2026-11-29).
 */
export function askForTasksOnce(runtime: IAgentRuntime): void {
  const written = processWide('tasks-written', () => ({ count: 0 }));
  const getTasks = runtime.getTasks.bind(runtime);
  const createTask = runtime.createTask.bind(runtime);
  const updateTask = runtime.updateTask.bind(runtime);
  let seen = { count: -1, untilMs: 0 };
  let isAlone: Promise<boolean> | undefined;

  runtime.createTask = (task) => createTask(task).finally(() => (written.count += 1));
  runtime.updateTask = (id, task) => updateTask(id, task).finally(() => (written.count += 1));
  runtime.getTasks = async (asked) => {
    if (!isForQueue(asked)) return getTasks(asked);
    const { count } = written;
    if (seen.count === count && performance.now() < seen.untilMs) return [];
    const tasks = await getTasks(asked);
    const isSure = tasks.length === 0 && (await (isAlone ??= isEmbedded(runtime)));
    seen = { count: isSure ? count : -1, untilMs: performance.now() + ASKED_AGAIN_MS };
    return tasks;
  };
}

function isForQueue({ tags, roomId, entityId }: TasksAsked): boolean {
  return tags?.length === 1 && tags[0] === 'queue' && !roomId && !entityId;
}

// PGlite has one process and one connection, which runs scripts.
async function isEmbedded(runtime: IAgentRuntime): Promise<boolean> {
  return typeof ((await runtime.getConnection()) as { exec?: unknown }).exec === 'function';
}
