import {
  type Content,
  type HandlerCallback,
  type IAgentRuntime,
  type IMessageService,
  type Memory,
  type MessageProcessingOptions,
  type MessageProcessingResult,
  type UUID,
} from '@elizaos/core';
import { z } from 'zod';
import {
  explainCommand,
  listCommands,
  parseCommand,
  refreshCommands,
  registerCommands,
  runCommand,
} from './commands.ts';
import {
  confidentialRoomOf,
  moveToConfidentialRoom,
  recallConfidential,
  rememberConfidential,
} from './confidential.ts';
import {
  currentConversation,
  inConversation,
  record,
  startConversation,
  type Conversation,
} from './conversation.ts';
import { BaseError, explainError } from './errors.ts';
import { refuseNewWork } from './hindrance.ts';
import { principalOf } from './identity.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { acceptText } from './message-text.ts';
import { SYSTEM } from './principal.ts';
import { runtimeSettings } from './setting-layers.ts';
import { booleanSetting, integerSetting, readSettings } from './settings.ts';

/** Settings of the message front; every plugin of the suite declares them. */
export const messageSettings = z.object({
  /** Longest message, in bytes of UTF-8. */
  MESSAGE_MAX_BYTES: integerSetting(1, 1_000_000).default(32_768),
  /** How long an agent may work on one message, in milliseconds. */
  MESSAGE_TIMEOUT_MS: integerSetting(100, 3_600_000).default(120_000),
  /** Everything that this agent is told stays on this machine. */
  CONFIDENTIAL: booleanSetting.default(false),
});

// No command of the registry: what follows it is a message.
const PRIVATE = '/private MESSAGE - keeps a message, and all made from it, on this machine';

type Handle = IMessageService['handleMessage'];

/** Does the work of handling a message, with something around it. */
export type AroundMessage = <Result>(
  message: Memory,
  handle: () => Promise<Result>,
) => Promise<Result>;

const surroundings = new WeakMap<IAgentRuntime, AroundMessage>();

/** Puts something, such as a measurement, around an agent's handling of each message. */
export function aroundMessages(runtime: IAgentRuntime, around: AroundMessage): void {
  surroundings.set(runtime, around);
}

/**
 * Puts our front before an agent's message service: it finds out who asks, refuses what is
 * no message, runs slash commands without a model, keeps confidential exchanges apart, takes one
 * message at a time in each room, and turns a failure into a sentence.
 */
export function installMessageFront(runtime: IAgentRuntime): void {
  registerCommands(runtime, [
    {
      name: 'help',
      usage: '/help [NAME]',
      summary: 'lists what you can type, or explains one of it',
      minimumRole: 'guest',
      run: async ({ principal, argument }) => {
        const name = argument.replace(/^\//, '').toLowerCase();
        if (name === 'private') return PRIVATE;
        if (name !== '') return explainCommand(name, { runtime, principal });
        await refreshCommands(runtime);
        return `${listCommands(runtime, principal)}\n${PRIVATE}`;
      },
    },
  ]);
  // The message service exists only once the agent is initialised; an agent that fails to
  // initialise needs no front.
  void runtime.initPromise.then(
    () => decorate(runtime),
    () => undefined,
  );
}

async function decorate(runtime: IAgentRuntime): Promise<void> {
  const service = runtime.messageService;
  if (!service) return;
  const settings = readSettings(messageSettings, runtimeSettings(runtime));
  const handle: Handle = service.handleMessage.bind(service);
  const queue = new KeyedQueue();
  service.handleMessage = (_runtime, message, callback, options) =>
    queue.run(message.roomId, () =>
      front(runtime, handle, settings, message, callback, options ?? {}),
    );
  keepConfidentialMemories(runtime);
  await recallConfidential(runtime);
}

async function front(
  runtime: IAgentRuntime,
  handle: Handle,
  settings: z.output<typeof messageSettings>,
  message: Memory,
  callback: HandlerCallback | undefined,
  options: MessageProcessingOptions,
): Promise<MessageProcessingResult> {
  const parent =
    currentConversation() ?? startConversation({ principal: principalOf(runtime, message) });
  const reply = (content: Content): Promise<MessageProcessingResult> => answer(content, callback);
  try {
    const text = acceptText(message.content.text, settings.MESSAGE_MAX_BYTES);
    const isPrivate = parseCommand(text)?.name === 'private';
    const said = isPrivate
      ? acceptText(parseCommand(text)?.argument, settings.MESSAGE_MAX_BYTES)
      : text;
    const isConfidential =
      parent.isConfidential ||
      settings.CONFIDENTIAL ||
      isPrivate ||
      (await isConfidentialRoom(runtime, message.roomId));
    const conversation: Conversation = { ...parent, text: said, isConfidential };
    const command = parseCommand(said);
    if (command)
      return await inConversation(conversation, () =>
        answerCommand(runtime, command, message, callback),
      );
    if (parent.taskId === undefined) refuseNewWork();
    const plain = { ...message, content: { ...message.content, text: said } };
    const around = surroundings.get(runtime) ?? ((_message, work) => work());
    return await inConversation(conversation, () =>
      around(plain, async () =>
        handle(
          runtime,
          isConfidential ? await moveToConfidentialRoom(runtime, plain) : plain,
          isConfidential ? confidentialCallback(callback) : callback,
          { timeoutDuration: settings.MESSAGE_TIMEOUT_MS, ...options },
        ),
      ),
    );
  } catch (error) {
    inConversation(parent, () => {
      record({
        kind: 'message-failed',
        agent: runtime.character.name,
        code: BaseError.isInstance(error) ? error.code : 'INTERNAL',
        error,
      });
    });
    runtime.logger.error({ src: 'kernel:message-front', error }, 'a message could not be answered');
    return reply({ text: explainError(error), source: 'error' });
  }
}

// What a command has done in confidence is told, and kept, in the twin of the room.
async function answerCommand(
  runtime: IAgentRuntime,
  { name, argument }: { name: string; argument: string },
  message: Memory,
  callback: HandlerCallback | undefined,
): Promise<MessageProcessingResult> {
  const { isConfidential = false, principal = SYSTEM } = currentConversation() ?? {};
  const place = isConfidential ? await moveToConfidentialRoom(runtime, message) : message;
  const text = await runCommand(name, { runtime, message: place, principal, argument });
  const content = { text, source: 'command' };
  return answer(content, isConfidential ? confidentialCallback(callback) : callback);
}

async function isConfidentialRoom(runtime: IAgentRuntime, roomId: UUID): Promise<boolean> {
  const room = await runtime.getRoom(roomId);
  return room?.metadata?.['confidential'] === true;
}

// Whoever asked may keep the answer where we cannot see it, so its words are remembered too.
function confidentialCallback(callback: HandlerCallback | undefined): HandlerCallback {
  return async (content) => {
    rememberConfidential(content.text ?? '');
    return (await callback?.(content)) ?? [];
  };
}

async function answer(
  content: Content,
  callback: HandlerCallback | undefined,
): Promise<MessageProcessingResult> {
  await callback?.(content);
  return {
    didRespond: true,
    responseContent: content,
    responseMessages: [],
    state: { values: {}, data: {}, text: '' },
    mode: 'simple',
  };
}

// Connectors write the answer into the room that the message came from. An answer given in
// confidence goes to the confidential twin instead, whoever writes it.
function keepConfidentialMemories(runtime: IAgentRuntime): void {
  const createMemory = runtime.createMemory.bind(runtime);
  runtime.createMemory = async (memory, tableName, unique) => {
    if (!currentConversation()?.isConfidential) return createMemory(memory, tableName, unique);
    rememberConfidential(memory.content.text ?? '');
    const roomId = await confidentialRoomOf(runtime, memory.roomId);
    return createMemory({ ...memory, roomId }, tableName, unique);
  };
}
