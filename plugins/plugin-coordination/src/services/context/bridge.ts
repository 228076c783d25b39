import { createHash } from 'node:crypto';
import { explainError, type Principal, type RateLimit } from '@371os/kernel';
import { hasEnded, isWaiting, type Task, type TasksService } from '@371os/plugin-tasks';
import { requireAgent, requireScope, type Access } from '../../domain/access/access.ts';
import {
  bridgeMessage,
  type BridgeEvent,
  type TaskMessage,
  type UpdateMessage,
} from '../../domain/context/bridge-message.ts';
import { contextRequest } from '../../domain/context/context-request.ts';
import { uuidFrom } from '../../domain/uuid-from.ts';
import { BridgeBusyError, BridgeMessageError } from '../../errors/context.ts';
import type { NoteStore } from '../../ports/context.ts';
import type { Colleagues, Work } from '../../ports/work.ts';
import type { ContextDesk } from './context-desk.ts';

export interface BridgeInit {
  readonly work: Work;
  readonly tasks: Pick<TasksService, 'onChange'>;
  readonly desk: Pick<ContextDesk, 'contextFor' | 'forget'>;
  readonly notes: NoteStore;
  readonly colleagues: Colleagues;
  readonly limit: RateLimit;
  readonly log: (problem: string, error: unknown) => void;
}

/** A connection to a program. */
export interface BridgePeer {
  readonly access: Access;
  send(event: BridgeEvent): void;
}

/** A connection, and what it has begun. */
interface Open {
  readonly peer: BridgePeer;
  /** The program's ids of tasks by ours. */
  readonly tasks: Map<string, string>;
}

const MOST_UNDER_WAY = 16;

/** Has agents do what programs on the bridge ask, and tells these of what changes. */
export class Bridge {
  readonly #init: BridgeInit;
  readonly #open = new Set<Open>();
  #stopListening: (() => void) | undefined;

  constructor(init: BridgeInit) {
    this.#init = init;
  }

  start(): void {
    this.#stopListening = this.#init.tasks.onChange((task) => {
      for (const open of this.#open) this.#tell(open, task);
    });
  }

  stop(): void {
    this.#stopListening?.();
    this.#open.clear();
  }

  /** Takes a program in. Its tasks go on when it goes; asked for again, they have their result. */
  join(peer: BridgePeer): { hear(text: string): Promise<void>; leave(): void } {
    const open: Open = { peer, tasks: new Map() };
    this.#open.add(open);
    return {
      hear: (text) => this.#hear(open, text),
      leave: () => void this.#open.delete(open),
    };
  }

  async #hear(open: Open, text: string): Promise<void> {
    let taskId: string | undefined;
    try {
      this.#init.limit.take(open.peer.access.principal.id);
      const message = readMessage(text);
      requireScope(open.peer.access, 'agents:run');
      if (message.event === 'agent-task') {
        ({ taskId } = message.data);
        await this.#do(open, message.data);
      } else await this.#share(open, message.data);
    } catch (error) {
      this.#init.log('a program on the bridge was refused', error);
      open.peer.send({ event: 'task-error', data: { taskId, error: explainError(error) } });
    }
  }

  async #do(open: Open, { taskId, agentId, chatId, task: text }: TaskMessage): Promise<void> {
    const { work, notes } = this.#init;
    const { principal } = open.peer.access;
    if (open.tasks.size >= MOST_UNDER_WAY) throw new BridgeBusyError({ most: MOST_UNDER_WAY });
    const agent = await this.#agentFor(open.peer.access, agentId);
    const note = await notes.get({ person: principal.id, agent, chat: chatId });
    const id = taskIdFor(principal, taskId);
    // Noted before: it may have ended by the time that it is known to be kept.
    open.tasks.set(id, taskId);
    try {
      const task = await work.submit({
        ...{ id, agent, text, principal, chat: chatId, hops: 0 },
        ...{ reason: 'a program asked for it', context: note?.text },
      });
      this.#tell(open, task);
    } catch (error) {
      open.tasks.delete(id);
      throw error;
    }
  }

  async #share(open: Open, { agentId, chatId, context }: UpdateMessage): Promise<void> {
    const { desk, notes } = this.#init;
    const { principal } = open.peer.access;
    const agent = await this.#agentFor(open.peer.access, agentId);
    await notes.put({ person: principal.id, agent, chat: chatId }, keepable(context));
    desk.forget();
    for (const other of this.#open)
      if (other !== open && other.peer.access.principal.id === principal.id)
        await this.#update(other, agent, chatId);
  }

  async #agentFor(access: Access, wanted: string | undefined): Promise<string> {
    const agent = await this.#init.colleagues.nameOf(wanted ?? access.agent);
    requireAgent(access, agent);
    return agent;
  }

  async #update({ peer }: Open, agentId: string, chatId: string): Promise<void> {
    const request = contextRequest.parse({ agentId, chatId });
    const { context } = await this.#init.desk.contextFor(peer.access, request);
    peer.send({ event: 'context-update', data: { agentId, chatId, ...context } });
  }

  #tell(open: Open, { id, state, answer, waitingFor }: Task): void {
    const taskId = open.tasks.get(id);
    if (taskId === undefined || !(hasEnded(state) || isWaiting(state))) return;
    if (hasEnded(state)) open.tasks.delete(id);
    open.peer.send(
      state === 'COMPLETED'
        ? { event: 'task-result', data: { taskId, result: answer } }
        : {
            event: 'task-error',
            data: { taskId, error: `${state}: ${answer || (waitingFor ?? '')}` },
          },
    );
  }
}

/** The id of a program's task here: the same for the same person and id, and nobody else's. */
function taskIdFor({ id }: Principal, taskId: string): string {
  return uuidFrom(
    createHash('sha256')
      .update(JSON.stringify(['bridge', id, taskId]))
      .digest('hex'),
  );
}

// PostgreSQL keeps neither in a text.
function keepable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

function readMessage(text: string): ReturnType<typeof bridgeMessage.parse> {
  const parsed = bridgeMessage.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new BridgeMessageError({
    problem: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(),
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BridgeMessageError({ problem: 'it is no JSON' });
  }
}
