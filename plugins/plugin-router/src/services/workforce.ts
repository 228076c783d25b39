import {
  inConversation,
  KeyedQueue,
  startConversation,
  type Conversation,
  type PicoUsd,
  type Principal,
  type TraceEvent,
} from '@371os/kernel';
import type { Task, TaskContext } from '@371os/plugin-tasks';
import { callsOf, decisionOf, type Decision } from '../domain/decision.ts';
import {
  backgroundOf,
  readInstructions,
  skippedOutcome,
  unjudged,
  type Instructions,
} from '../domain/instructions.ts';
import { BY_RULES } from '../domain/reading.ts';
import { refusalOf } from '../domain/task-chain.ts';
import { outcomeOf, type TaskOutcome } from '../domain/task.ts';
import type { AgentDirectory, DecisionStore, TaskQueue } from '../ports.ts';
import { ancestryOf } from './ancestry.ts';

export interface WorkforceComponents {
  readonly tasks: TaskQueue;
  readonly decisions: DecisionStore;
  readonly directory: AgentDirectory;
  readonly costOf: (taskId: string) => Promise<PicoUsd>;
  readonly hasLanguageModel: (where: { isConfidential: boolean }) => boolean;
  readonly timeoutMs: number;
  readonly log: (problem: string, error: unknown) => void;
}

/** Ends the work of an agent; what it works on now may take so many milliseconds more. */
type Dismissal = (options?: { readonly drainMs?: number | undefined }) => Promise<void>;

const CUT_SHORT: readonly string[] = ['FAILED', 'CANCELED'];

/**
 * Has the agents that work in this process do their tasks, whoever asked for them and wherever. Who
 * asked is told by the desk of the process that they asked in.
 */
export class Workforce {
  readonly #components: WorkforceComponents;
  readonly #askedHere: (taskId: string) => Conversation | undefined;
  readonly #workers = new Map<string, Promise<Dismissal>>();
  readonly #staffing = new KeyedQueue();
  #stopListening: (() => void) | undefined;

  /** @param askedHere the conversation of an asker who waits for a task in this process */
  constructor(
    components: WorkforceComponents,
    askedHere: (taskId: string) => Conversation | undefined = () => undefined,
  ) {
    this.#components = components;
    this.#askedHere = askedHere;
  }

  /** Begins to work, with whoever comes and without whoever goes. */
  async open(): Promise<void> {
    const { directory, log } = this.#components;
    this.#stopListening = directory.onChange(() => {
      this.staff().catch((error: unknown) => {
        log('an agent that came or went was not given its work', error);
      });
    });
    await this.staff();
  }

  /** Takes nothing new, and returns when what runs has ended or `drainMs` are over. */
  async close(drainMs?: number): Promise<void> {
    this.#stopListening?.();
    const workers = [...this.#workers.values()];
    this.#workers.clear();
    await Promise.all(workers.map(async (worker) => (await worker)({ drainMs })));
  }

  /**
   * Whoever is here works; what comes for the others waits in their queues until they are back, or is
   * done where they work.
   */
  async staff(): Promise<void> {
    await this.#staffing.run('staff', async () => {
      const profiles = this.#components.directory.profiles();
      const here = profiles.filter(
        ({ isThere, isKeptFor, isElsewhere }) => (isThere || isKeptFor) && isElsewhere !== true,
      );
      const names = new Set(here.map(({ name }) => name));
      for (const { name, concurrency } of here) await this.#employ(name, concurrency);
      for (const [name, worker] of this.#workers) if (!names.has(name)) this.#dismiss(name, worker);
    });
  }

  /** A task with what was spent on it: whoever ended it from outside could not know. */
  async withCost(task: Task): Promise<Task> {
    const { tasks, costOf } = this.#components;
    if (!CUT_SHORT.includes(task.state)) return task;
    const costPico = await costOf(task.id);
    if (costPico > task.costPico) await tasks.keepCost(task.id, costPico);
    return { ...task, costPico };
  }

  async #employ(agent: string, concurrency: number): Promise<void> {
    const { tasks } = this.#components;
    const worker =
      this.#workers.get(agent) ??
      tasks.work(agent, (task, context) => this.#perform(task, context), { concurrency });
    this.#workers.set(agent, worker);
    await worker;
  }

  // What it works on now may still end, so nobody waits for that here.
  #dismiss(agent: string, worker: Promise<Dismissal>): void {
    this.#workers.delete(agent);
    worker
      .then((stop) => stop())
      .catch((error: unknown) => {
        this.#components.log('an agent that went was not relieved of its work', error);
      });
  }

  async #perform(task: Task, context: TaskContext): Promise<TaskOutcome & { costPico: PicoUsd }> {
    const { tasks, decisions } = this.#components;
    const asked = this.#askedHere(task.id);
    if (!asked) await decisions.add(delegationOf(task));
    const ancestors = await ancestryOf(tasks, task.parentId);
    const hops = Math.max((asked?.hops ?? 0) + 1, hopsOf(task), ancestors.length + 1);
    const given = ancestors.map(({ agent }) => agent);
    const refusal = refusalOf(task.agent, given, hops);
    if (refusal)
      return this.#conclude(task, { state: 'REJECTED', answer: refusal.message, model: 'none' });
    const instructions = readInstructions(task.data);
    if (!this.#canJudge(task, instructions)) return this.#conclude(task, unjudged(instructions));
    const own: Conversation = {
      ...(asked ?? startConversation({ principal: rememberedRequester(task) })),
      text: task.text,
      taskId: task.id,
      isConfidential: task.isConfidential,
      hops,
      origins: asked?.origins ?? originsOf(task),
      trace: [],
      signal: context.signal,
    };
    try {
      const answers = await inConversation(own, () => this.#run(task, context));
      context.signal.throwIfAborted();
      const outcome = skippedOutcome(outcomeOf(answers, own.trace), instructions);
      return await this.#conclude(task, outcome, own.trace);
    } catch (error) {
      if (context.signal.aborted) await this.#noteLate(task.id, own.trace);
      throw error;
    } finally {
      asked?.trace.push(...own.trace);
    }
  }

  // A rule would do it whether the condition holds or not; agents elsewhere know for themselves.
  #canJudge({ agent, isConfidential }: Task, { condition }: Instructions): boolean {
    const { directory, hasLanguageModel } = this.#components;
    if (condition === undefined || hasLanguageModel({ isConfidential })) return true;
    return directory.profiles().some(({ name, isLocal }) => name === agent && !isLocal);
  }

  #run(task: Task, { dependencies }: TaskContext): Promise<string[]> {
    return this.#components.directory.run({
      agent: task.agent,
      text: task.text,
      roomId: task.roomId,
      requesterId: task.requester.id,
      timeoutMs: this.#components.timeoutMs,
      background: backgroundOf(readInstructions(task.data), dependencies),
    });
  }

  async #conclude(
    task: Task,
    outcome: TaskOutcome,
    trace: readonly TraceEvent[] = [],
  ): Promise<TaskOutcome & { costPico: PicoUsd }> {
    const { decisions, costOf } = this.#components;
    const whole = { ...outcome, costPico: await costOf(task.id) };
    await decisions.finish(task.id, { ...whole, calls: callsOf(trace) });
    return whole;
  }

  // The task went on or ended without this attempt, which has cost something all the same.
  async #noteLate(id: string, trace: readonly TraceEvent[]): Promise<void> {
    const { tasks, decisions } = this.#components;
    const { state, costPico } = await this.withCost(await tasks.get(id));
    await decisions.finish(id, { state, costPico, calls: callsOf(trace) });
  }
}

// Who asked was proved then, and not again: nothing can be approved on the strength of it.
function rememberedRequester({ requester }: Task): Principal {
  return { ...requester, proof: 'none' };
}

// Colleagues submit tasks of their own, and say how often the request was handed on by then.
function originsOf({ data }: Task): readonly string[] | undefined {
  const origins: unknown =
    typeof data === 'object' && data !== null && 'origins' in data ? data['origins'] : undefined;
  return Array.isArray(origins) ? origins.map(String) : undefined;
}

function hopsOf({ data }: Task): number {
  const hops = typeof data === 'object' && data !== null && 'hops' in data ? data['hops'] : 0;
  return typeof hops === 'number' ? hops : 0;
}

function delegationOf(task: Task): Decision {
  const { agent, reason, roomId, text, isConfidential } = task;
  const choice = { agent, reason, isAbstention: false, candidates: [] };
  const part = { split: BY_RULES };
  const requesterId = task.requester.id;
  const asked = { taskId: task.id, roomId, requesterId, text, isConfidential, part };
  return decisionOf(choice, asked);
}
