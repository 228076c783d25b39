import {
  currentConversation,
  hasRole,
  parseUsd,
  record,
  uuidSource,
  type Conversation,
  type TraceEvent,
} from '@371os/kernel';
import type { AgentProfile, AgentRun, AgentSource } from '@371os/plugin-router';
import { nameAgents, type NamedAgent, type OwnAgents } from '../../domain/mesh/agent-names.ts';
import {
  ANOTHER_NODE,
  answerLetter,
  taskLetterId,
  type AnswerLetter,
} from '../../domain/letters/task-letter.ts';
import { NotInMeshError } from '../../errors/letters.ts';
import { PeerNonsenseError } from '../../errors/mesh.ts';
import type { LetterSender, LetterStore } from '../../ports/letter-store.ts';
import type { PeerView } from '../../ports/mesh.ts';

export interface MeshAgentsComponents {
  readonly view: PeerView;
  readonly own: () => OwnAgents;
  readonly post: LetterSender;
  readonly letters: Pick<LetterStore, 'answerTo'>;
  /** Takes what waits for a node there, without waiting for that. */
  readonly hurry: (receiver: string) => void;
  /** Calls back when letters were applied in this process. Returns what ends that. */
  readonly onApplied: (listener: () => void) => () => void;
  readonly clock: () => number;
}

const LISTED_MS = 30 * 86_400_000;
const LOOK_MS = 1_000;
const GRACE_MS = 2_000;
// So that it is said that it is kept before the attempt's own time is over.
const EARLIER_MS = 2_000;
const MOST_CONTEXT = 65_536;

/**
 * The agents of other nodes. A task goes there as a letter, which waits for as long as the node cannot
 * be reached; the task here waits with it, and goes on with the answer.
 */
export class MeshAgents implements AgentSource {
  readonly #components: MeshAgentsComponents;

  constructor(components: MeshAgentsComponents) {
    this.#components = components;
  }

  list(): AgentProfile[] {
    return this.#named().map(({ name, node, agent, isSpare }) => ({
      ...{ name, concurrency: agent.concurrency, isLocal: false, isKeptFor: true },
      // Where somebody here has the role, that one is asked, unless a person names the other.
      role: isSpare ? `${agent.role}@${node.name}` : agent.role,
      examples: isSpare ? [] : agent.examples,
      capabilities: agent.capabilities,
      isThere: node.isReachable && agent.isThere,
    }));
  }

  onChange(listener: () => void): () => void {
    return this.#components.view.onChange(listener);
  }

  /** @throws NotInMeshError, OutboxFullError, or what the conversation's signal was aborted with */
  async deliver(run: AgentRun): Promise<string[]> {
    const conversation = currentConversation();
    const taskId = conversation?.taskId ?? uuidSource();
    conversation?.signal?.throwIfAborted();
    const known = await this.#answerTo(taskId);
    if (known) return conclude(run.agent, 'another node', known);
    const named = this.#named().find(({ name }) => name === run.agent);
    if (!named) throw new NotInMeshError({ agent: run.agent });
    await this.#send(named, run, taskId, conversation);
    const answer = await this.#await(named, run, taskId, conversation?.signal);
    if (answer) return conclude(run.agent, named.node.name, answer);
    return this.#keep(named);
  }

  #named(): NamedAgent[] {
    const { view, own, clock } = this.#components;
    const recent = view.peers().filter(({ seenAtMs }) => clock() - seenAtMs < LISTED_MS);
    return nameAgents(recent, own());
  }

  async #send(
    { node, agent }: NamedAgent,
    run: AgentRun,
    taskId: string,
    conversation: Conversation | undefined,
  ): Promise<void> {
    const { post, hurry } = this.#components;
    const context = (run.background ?? []).join('\n\n').slice(0, MOST_CONTEXT).toWellFormed();
    const principal = conversation?.principal;
    await post.send({
      ...{ receiver: node.id, kind: 'task', id: taskLetterId(taskId) },
      body: {
        ...{ task: taskId, agent: agent.name, text: run.text, requester: run.requesterId },
        isOwner: principal !== undefined && hasRole(principal, 'owner'),
        ...(context === '' ? {} : { context }),
        hops: conversation?.hops ?? 1,
      },
    });
    hurry(node.id);
  }

  // As long as the node can be reached, and for a moment more.
  async #await(
    { node }: NamedAgent,
    { timeoutMs }: AgentRun,
    taskId: string,
    signal: AbortSignal | undefined,
  ): Promise<AnswerLetter | undefined> {
    const { view } = this.#components;
    const beganMs = performance.now();
    let reachedMs = beganMs;
    while (performance.now() - beganMs < timeoutMs - EARLIER_MS) {
      signal?.throwIfAborted();
      const answer = await this.#answerTo(taskId);
      if (answer) return answer;
      if (view.isReachable(node.id)) reachedMs = performance.now();
      if (performance.now() - reachedMs > GRACE_MS) return undefined;
      await this.#nextChange(signal);
    }
    return undefined;
  }

  async #nextChange(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<'changed'>();
    const change = (): void => {
      resolve('changed');
    };
    const end = this.#components.onApplied(change);
    signal?.addEventListener('abort', change, { once: true });
    const late = setTimeout(change, LOOK_MS);
    try {
      await promise;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', change);
      end();
    }
  }

  async #answerTo(taskId: string): Promise<AnswerLetter | undefined> {
    const letter = await this.#components.letters.answerTo(taskLetterId(taskId));
    if (!letter) return undefined;
    const answer = answerLetter.safeParse(letter.body);
    if (answer.success) return answer.data;
    throw new PeerNonsenseError({ peer: letter.sender, problem: 'its answer to a task' });
  }

  #keep({ name, agent, node }: NamedAgent): string[] {
    const isThere = this.#components.view.isReachable(node.id);
    const sentence = isThere
      ? `${agent.name} on the node ${node.name} has the task and has not finished it yet. What becomes of it is told here.`
      : `The node ${node.name} cannot be reached now. The task for ${agent.name} is kept, is done when the link is back, and what becomes of it is told here.`;
    record({ kind: 'input-required', agent: name, missing: ANOTHER_NODE, sentence });
    return [sentence];
  }
}

function conclude(agent: string, node: string, told: AnswerLetter): string[] {
  for (const event of eventsOf(agent, node, told)) record(event);
  return [told.answer];
}

function eventsOf(agent: string, node: string, told: AnswerLetter): TraceEvent[] {
  const { state, answer, model, costUsd } = told;
  const paid = parseUsd(costUsd) > 0n ? `, which has paid $${costUsd} for it` : '';
  const call = {
    ...{ kind: 'model-call', agent, model, slot: 'mesh', status: 'ok', costPico: 0n },
    ...{ tokensIn: 0, tokensOut: 0, candidates: [] },
    reason: `it was called on the node ${node}${paid}`,
  };
  return [...(model === 'none' ? [] : [call]), ...endOf(state, answer)];
}

function endOf(state: AnswerLetter['state'], sentence: string): TraceEvent[] {
  switch (state) {
    case 'COMPLETED':
      return [];
    case 'REJECTED':
      return [{ kind: 'routing-refused', code: 'MESH_REJECTED', sentence }];
    default:
      return [{ kind: 'message-failed', code: 'MESH_FAILED', sentence }];
  }
}
