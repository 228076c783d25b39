import { setTimeout as pause } from 'node:timers/promises';
import { Role, TaskState, type Message, type Part, type Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import type { ToolAnswer, ToolCall } from '../../domain/tools/tool-call.ts';
import { ToolProtocolError } from '../../tool-errors.ts';
import { a2aFactory, cardUrlOf } from './a2a-factory.ts';
import type { ProtocolCall } from './protocol-call.ts';

const POLL_MS = 500;

/**
 * Asks an agent over A2A 1.0: the skill's name and its parameters as a data part, in one message
 * whose id is that of the execution, until the task that comes of it has ended.
 */
export const callA2aAgent: ProtocolCall = async (call, { fetch: fetchImpl, signal }) => {
  const client = await a2aFactory(fetchImpl).createFromUrl(cardUrlOf(call.url), '');
  const sent = await client.sendMessage(
    {
      tenant: '',
      message: messageFor(call),
      metadata: undefined,
      configuration: {
        acceptedOutputModes: ['application/json', 'text/plain'],
        taskPushNotificationConfig: undefined,
        returnImmediately: false,
      },
    },
    { signal },
  );
  return 'parts' in sent
    ? { output: outputOf(sent.parts), isError: false }
    : answerOf(await ended(client, sent, signal), call);
};

function messageFor({ executionId, tool, parameters }: ToolCall): Message {
  const { text } = parameters;
  const isPlainText = Object.keys(parameters).length === 1 && typeof text === 'string';
  return {
    messageId: executionId,
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: [isPlainText ? partOf('text', text) : partOf('data', { skill: tool, parameters })],
    metadata: { skill: tool },
    extensions: [],
    referenceTaskIds: [],
  };
}

function partOf(kind: 'text' | 'data', value: unknown): Part {
  const content =
    kind === 'text'
      ? { $case: 'text' as const, value: String(value) }
      : { $case: 'data' as const, value };
  return { content, metadata: undefined, filename: '', mediaType: '' };
}

async function ended(client: Client, task: Task, signal: AbortSignal): Promise<Task> {
  let current = task;
  while (isRunning(current)) {
    await pause(POLL_MS, undefined, { signal });
    current = await client.getTask({ tenant: '', id: task.id }, { signal });
  }
  return current;
}

function isRunning({ status }: Task): boolean {
  return (
    status?.state === TaskState.TASK_STATE_SUBMITTED ||
    status?.state === TaskState.TASK_STATE_WORKING
  );
}

function answerOf({ status, artifacts }: Task, { url }: ToolCall): ToolAnswer {
  const parts = artifacts.flatMap((artifact) => artifact.parts);
  const said = parts.length > 0 ? parts : (status?.message?.parts ?? []);
  switch (status?.state) {
    case TaskState.TASK_STATE_COMPLETED:
      return { output: outputOf(said), isError: false };
    case TaskState.TASK_STATE_FAILED:
    case TaskState.TASK_STATE_REJECTED:
    case TaskState.TASK_STATE_CANCELED:
      return { output: outputOf(said), isError: true };
    case undefined:
    default:
      throw new ToolProtocolError({ url, problem: 'it asks for more than was agreed' });
  }
}

function outputOf(parts: readonly Part[]): unknown {
  const values = parts.map(({ content }) =>
    content?.$case === 'raw' ? content.value.toString('base64') : (content?.value as unknown),
  );
  return values.length === 1 ? values[0] : values;
}
