import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { commands } from './commands.ts';
import * as schema from './schema.ts';
import { TasksService } from './services/tasks-service.ts';
import { tasksSettings } from './settings.ts';

export { migrateQueue } from './adapters/pg-boss-queue.ts';
export type { Outcome } from './domain/outcome.ts';
export type {
  AgentLoad,
  AgentRecord,
  Json,
  NewTask,
  Requester,
  Task,
  TaskFilter,
} from './domain/task.ts';
export {
  hasEnded,
  isWaiting,
  mayFollow,
  TASK_STATES,
  type TaskState,
} from './domain/task-state.ts';
export { describeTask, describeTasks, shortId } from './domain/task-words.ts';
export {
  AmbiguousTaskError,
  GarbageOutcomeError,
  InvalidTaskError,
  LostTaskError,
  SagaBusyError,
  SagaStuckError,
  SagaUndoneError,
  StoppingError,
  TaskEndedError,
  TaskNotEndedError,
  TasksMissingError,
  TaskStoreError,
  TaskTimeoutError,
  UnkeptResultError,
  UnknownTaskError,
} from './errors.ts';
export type { StepContext, TaskContext, TaskHandler } from './services/attempt.ts';
export { openFarVoice } from './services/far-voice.ts';
export {
  OutcomeNotices,
  type OutcomeNoticesInit,
  type ToldLog,
} from './services/outcome-notices.ts';
export { saga, type Saga, type SagaContext, type SagaStep } from './services/saga.ts';
export type { GoOn } from './services/task-engine.ts';
export { TASKS_SERVICE, tasksOf, TasksService } from './services/tasks-service.ts';
export { tasksSettings, type TasksSettings } from './settings.ts';

/** Work that outlives the process that does it. */
const tasksPlugin: Plugin = {
  name: 'tasks',
  description: 'Durable tasks for agents: queued, fenced, resumed after a crash.',
  services: [TasksService],
  schema,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('tasks', tasksSettings);
    registerCommands(runtime, commands);
    return Promise.resolve();
  },
};

export default tasksPlugin;
