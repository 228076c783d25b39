import {
  currentConversation,
  every,
  inConversation,
  KeyedQueue,
  startConversation,
  type Clock,
  type IdSource,
  type Principal,
} from '@371os/kernel';
import { presentTasks, type RoutedTask, type RouterService } from '@371os/plugin-router';
import { hasEnded, TASK_STATES, UnknownTaskError, type TasksService } from '@371os/plugin-tasks';
import { formRules, repairPrompt, unusableOutput } from '../domain/output-words.ts';
import type { Run, RunOrder } from '../domain/run.ts';
import { UnusableOutputError } from '../errors/output.ts';
import type { OutputReader } from '../ports/output-reader.ts';
import type { RunStore } from '../store/run-store.ts';
import { findProblems } from './output-checker.ts';

/** What is asked for. */
export interface RunAsked {
  readonly shortcut: string;
  readonly order: RunOrder;
  readonly requester: Principal;
  readonly roomId: string;
}

export interface ShortcutRunsInit {
  readonly store: RunStore;
  readonly router: Pick<RouterService, 'route' | 'keepOutcomes' | 'directory'>;
  readonly tasks: Pick<TasksService, 'get' | 'onChange'>;
  readonly reader: OutputReader;
  /** Brings a good output where it belongs, again after a crash. Returns what to say of it. */
  readonly deliver: (run: Run) => Promise<string | undefined>;
  /** Says something in a room, unless it was said there since. */
  readonly say: (roomId: string, text: string, sinceMs: number) => Promise<void>;
  readonly newId: IdSource;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

const MOST_ATTEMPTS = 2;
const LOOK_EVERY_MS = 60_000;
const AT_ONCE = 200;

/**
 * Runs shortcuts: each as a task by way of the router, whose output is checked, mended once, and
 * delivered. A run outlives the process: what waits for a language model is taken up when its task
 * has ended, whoever had it wait.
 */
export class ShortcutRuns {
  readonly #init: ShortcutRunsInit;
  readonly #awaited = new Set<string>();
  readonly #queue = new KeyedQueue();
  readonly #stops: (() => void)[] = [];

  constructor(init: ShortcutRunsInit) {
    this.#init = init;
  }

  open(): void {
    const { tasks, log } = this.#init;
    this.#stops.push(
      tasks.onChange(({ id, state }) => {
        if (!hasEnded(state)) return;
        this.#followTask(id).catch((error: unknown) => {
          log('a shortcut was not taken up when its task had ended', error);
        });
      }),
      every(
        LOOK_EVERY_MS,
        () => this.look(),
        (error) => {
          log('it was not looked whether shortcuts are to be taken up', error);
        },
      ),
    );
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /**
   * Runs a shortcut for whoever waits for it. Returns the answer: the output or where it is, or what
   * it waits for.
   * @throws UnusableOutputError, and what the router or the place of the output refuse with
   */
  async run({ requester, ...asked }: RunAsked): Promise<string> {
    const { store, newId, now, router, log } = this.#init;
    const { isConfidential = false, trace = [] } = currentConversation() ?? {};
    const { id, role } = requester;
    const run: Run = {
      ...asked,
      ...{ id: newId(), taskId: newId(), requester: { id, role }, isConfidential },
      ...{ attempt: 1, problems: [], state: 'working', output: '', askedAtMs: now() },
    };
    this.#awaited.add(run.id);
    try {
      await store.add(run);
      return await this.#pursue(run);
    } finally {
      this.#awaited.delete(run.id);
      // Whoever asked is told now, of an output that cannot be used too.
      await router.keepOutcomes(trace).catch((error: unknown) => {
        log('it was not kept that somebody was told of their shortcut', error);
      });
    }
  }

  /** Takes up what has not ended and nobody waits for, such as after a crash. */
  async look(): Promise<void> {
    const open = await this.#init.store.open(AT_ONCE);
    for (const run of open) await this.#takeUp(run);
    await this.#init.store.prune();
  }

  async #followTask(taskId: string): Promise<void> {
    const run = await this.#init.store.openOfTask(taskId);
    if (run) await this.#takeUp(run);
  }

  async #takeUp(run: Run): Promise<void> {
    if (this.#awaited.has(run.id)) return;
    await this.#queue.run(run.id, async () => {
      const { requester, isConfidential } = run;
      const principal: Principal = { ...requester, proof: 'none' };
      const conversation = { ...startConversation({ principal }), isConfidential };
      await inConversation(conversation, async () => {
        const text = await this.#goOn(run).catch((error: unknown) => {
          if (error instanceof UnusableOutputError) return error.message;
          throw error;
        });
        if (text === undefined) return;
        await this.#init.say(run.roomId, text, run.askedAtMs);
        await this.#init.router.keepOutcomes(conversation.trace);
      });
    });
  }

  // What there is to say; nothing while its task goes on.
  async #goOn(run: Run): Promise<string | undefined> {
    if (run.state === 'delivering') return this.#deliver(run, undefined);
    const task = await this.#taskOf(run);
    // It was decided on and not submitted before a crash.
    if (!task) return this.#pursue(run);
    if (!isEnded(task)) return undefined;
    if (task.state === 'COMPLETED') return this.#judge(run, task, true);
    await this.#init.store.end(run.id, 'failed');
    return undefined;
  }

  async #taskOf({ taskId }: Run): Promise<RoutedTask | undefined> {
    try {
      return await this.#init.tasks.get(taskId);
    } catch (error) {
      if (error instanceof UnknownTaskError) return undefined;
      throw error;
    }
  }

  async #pursue(run: Run): Promise<string> {
    const { store, router } = this.#init;
    const { prompt } = run.order;
    const office = await this.#officeOf(run);
    const whole = `${prompt}\n\n${formRules(run.order)}`;
    const [task] = await router.route(
      run.attempt === 1 ? whole : repairPrompt(whole, run.problems),
      run.roomId,
      {
        ...{ task: run.taskId, isWhole: true, needsModel: true },
        ...(office === undefined ? {} : { agent: office, reason: `/${run.shortcut} is its work` }),
      },
    );
    if (task?.state === 'COMPLETED') return this.#judge(run, task, false);
    if (!task || !isEnded(task)) return waitingWords(run, task);
    await store.end(run.id, 'failed');
    return presentTasks([task]);
  }

  // An office that nobody holds is no reason not to do it: the router finds somebody.
  async #officeOf({ order: { office } }: Run): Promise<string | undefined> {
    const agents = await this.#init.router.directory.list();
    return agents.find(({ role, name }) => [role, name].includes(office ?? ''))?.name;
  }

  async #judge(run: Run, task: RoutedTask, isTold: boolean): Promise<string> {
    const { store, reader, newId } = this.#init;
    const problems = await findProblems(run.order, task.answer, reader);
    if (problems.length === 0) {
      const kept = await store.keepOutput(run, task.answer);
      return kept ? this.#deliver(kept, task, isTold) : presentTasks([task]);
    }
    if (run.attempt >= MOST_ATTEMPTS) {
      await store.end(run.id, 'failed');
      throw new UnusableOutputError({ name: run.shortcut, problems });
    }
    const mended = await store.mend(run, newId(), problems);
    return mended ? this.#pursue(mended) : unusableOutput(run.shortcut, problems);
  }

  async #deliver(run: Run, task: RoutedTask | undefined, isTold = false): Promise<string> {
    const { deliver, store } = this.#init;
    const place = await deliver(run);
    await store.end(run.id, 'done');
    const answer =
      place ?? (isTold ? `The output of /${run.shortcut} above is whole.` : run.output);
    return task && !isTold ? presentTasks([{ ...task, answer }]) : answer;
  }
}

function waitingWords({ shortcut }: Run, task: RoutedTask | undefined): string {
  const why = task === undefined ? '' : presentTasks([task]);
  return `${why}\n\n/${shortcut} goes on by itself; its output is checked then, and you are told here.`;
}

function isEnded({ state }: Pick<RoutedTask, 'state'>): boolean {
  return TASK_STATES.some((known) => known === state && hasEnded(known));
}
