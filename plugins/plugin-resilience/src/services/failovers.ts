import { cutOff, every, isOutside, SYSTEM, type Principal } from '@371os/kernel';
import { PhiAccrual, readClaim, type AgentPresence } from '@371os/plugin-lifecycle';
import type { Outcome, Task, TaskContext, TasksService } from '@371os/plugin-tasks';
import { z } from 'zod';
import { describeFailover } from '../domain/failover-words.ts';
import { recoveryTimes, type Failover, type RecoveryTimes } from '../domain/failover.ts';
import { NoFleetError, NotHostedHereError, NotPlacedYetError } from '../errors/failovers.ts';
import type { HostedFleet, HostedPlace, HostedSign } from '../ports/hosted-fleet.ts';
import type { FailoverStore } from '../store/failover-store.ts';
import type { Leadership } from './leadership.ts';
import type { Duty } from './resilience-engine.ts';

export interface FailoversInit {
  readonly store: FailoverStore;
  readonly tasks: Pick<TasksService, 'submit' | 'work' | 'list'>;
  readonly leadership: Pick<Leadership, 'whileLeading'>;
  /** Hosted agents, where an agent of this process can move them; it may come later. */
  readonly fleet: () => HostedFleet | undefined;
  /** Who works for agents in processes; undefined where there is one process. */
  readonly presences: (() => Promise<AgentPresence[]>) | undefined;
  /** Whether hosted agents are moved without being asked. */
  readonly isAutomatic: boolean;
  readonly everyMs: number;
  /** How often a place is asked for while an agent moves. */
  readonly pollMs?: number | undefined;
  /** Tells in a room how it went. */
  readonly tell?: ((roomId: string, text: string) => Promise<void>) | undefined;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  readonly log: (problem: string, error: unknown) => void;
}

/** The name under which moves are queued. */
export const FAILOVER_WORKER = 'resilience-failover';

const MOVE_TIMEOUT_MS = 3_600_000;
const POLL_MS = 500;
const MOST_ATTEMPTS = 10;
const NEWEST = 50;
/** Heartbeats come every second; the lease of a process ends later. */
const SILENT_MS = 5_000;
/** A whole server has to start in a container that is not generous. */
const STARTS_WITHIN_MS = 300_000;
const NO_ANSWER = 'it does not answer';

const move = z.object({
  id: z.string(),
  agent: z.string(),
  deploymentId: z.string(),
  dseq: z.string(),
  cause: z.string(),
  /** Where it is to be told; empty for nowhere. */
  room: z.string().default(''),
});

/** A move that was begun, and where the agent was. */
export interface BegunFailover {
  readonly task: Task;
  readonly from: HostedPlace;
}

interface Watched {
  readonly agent: string;
  readonly place: HostedPlace;
  readonly sinceMs: number;
  /** Since its first answer. */
  heart: PhiAccrual | undefined;
  answeredAtMs: number | undefined;
}

/**
 * Notices that an agent is lost, sees to it that another one stands in, and writes down how long that
 * took. What was being worked on is not moved here: tasks go back into the queue when the lease of
 * who works on them ends. Of an agent in a process one that stands by takes over by itself; one that
 * is hosted is placed with another provider by a durable task, which a crash does not end.
 */
export class Failovers implements Duty {
  readonly #init: FailoversInit;
  readonly #watched = new Map<string, Watched>();
  readonly #ends: (() => void)[] = [];
  readonly #looks = new Set<Promise<void>>();
  #working: Promise<unknown> | undefined;

  constructor(init: FailoversInit) {
    this.#init = init;
  }

  start(): void {
    if (this.#ends.length > 0) return;
    const { leadership, everyMs, log } = this.#init;
    this.#ends.push(
      leadership.whileLeading(everyMs, () => this.#during(this.lookAtProcesses())),
      // Where they can be moved: what is noticed twice is written down and moved once.
      every(
        everyMs,
        () => this.#during(this.lookAtHosted()),
        (error) => {
          log('hosted agents were not looked at', error);
        },
      ),
    );
  }

  /** Looks at nothing more, and returns when what is being looked at is done. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    await Promise.allSettled(this.#looks);
  }

  /** The newest failovers, and how long they took. */
  async report(): Promise<{ failovers: Failover[]; took: RecoveryTimes }> {
    const failovers = await this.#init.store.list(NEWEST);
    return { failovers, took: recoveryTimes(failovers) };
  }

  /**
   * Moves a hosted agent to the cheapest other provider, in another region where one is offered, within
   * what was approved for it; with all its instances, or one of them by its name.
   * @param room where it is told how that went; nowhere by default
   * @throws NotHostedHereError, NoFleetError
   */
  async failOver(name: string, by: Principal, room?: string): Promise<BegunFailover[]> {
    const fleet = this.#fleet();
    await this.#work();
    const signs = await fleet.list();
    const wanted = signs.filter(({ agent }) => isNamed(agent, name));
    if (wanted.length === 0)
      throw new NotHostedHereError({ name, known: signs.map(({ agent }) => agent) });
    const wish = { cause: `asked for by ${by.id}`, by: by.id, room };
    return Promise.all(
      wanted.map(async (sign) => {
        const from = lastPlace(sign);
        return { task: await this.#begin(sign, from, wish), from };
      }),
    );
  }

  /** How long ago hosted agents answered this process, in milliseconds; those that never did are left out. */
  silences(): ReadonlyMap<string, number> {
    const nowMs = this.#init.elapsedMs();
    const heard = [...this.#watched.values()].flatMap(({ agent, answeredAtMs }) =>
      answeredAtMs === undefined ? [] : ([[agent, nowMs - answeredAtMs]] as const),
    );
    return new Map(heard);
  }

  /** Looks at the places of hosted agents once. */
  async lookAtHosted(): Promise<void> {
    const fleet = this.#init.fleet();
    if (!fleet) return;
    await this.#work();
    const signs = await fleet.list();
    for (const sign of signs) await this.#lookAtPlace(fleet, sign);
    const known = new Set(signs.map(({ deploymentId }) => deploymentId));
    for (const id of this.#watched.keys()) if (!known.has(id)) this.#watched.delete(id);
  }

  /** Looks once at the processes of agents, and at who has recovered. */
  async lookAtProcesses(): Promise<void> {
    const presences = (await this.#init.presences?.()) ?? [];
    for (const presence of presences) await this.#noteLost(presence);
    for (const failover of await this.#init.store.open()) {
      if (failover.kind === 'process') await this.#noteTakenOver(failover, presences);
      await this.#noteRecovered(failover);
    }
  }

  #during(look: Promise<void>): Promise<void> {
    this.#looks.add(look);
    return look.finally(() => this.#looks.delete(look));
  }

  // --- hosted agents

  async #lookAtPlace(fleet: HostedFleet, sign: HostedSign): Promise<void> {
    const { deploymentId, place, noted } = sign;
    if (place === undefined) return;
    const before = this.#watched.get(deploymentId);
    const last = before?.place ?? noted;
    const isLost = place === 'moving' || place.dseq !== last.dseq;
    if (isLost) await this.#begin(sign, last, { cause: 'its lease was lost', by: SYSTEM.id });
    if (place === 'moving') return;
    // Nobody is heard then, and all of them may be well.
    if (cutOff.reason !== undefined && isOutside(place.endpoint)) {
      this.#watched.delete(deploymentId);
      return;
    }
    const watched =
      before && !isLost ? before : newlyWatched(sign.agent, place, this.#init.elapsedMs());
    this.#watched.set(deploymentId, watched);
    const answers = await fleet.answers(place);
    if (!this.#isAlive(watched, answers) && this.#init.isAutomatic)
      await this.#begin(sign, place, { cause: NO_ANSWER, by: SYSTEM.id });
  }

  // A server that has yet to answer for the first time is only starting.
  #isAlive(watched: Watched, answers: boolean): boolean {
    const nowMs = this.#init.elapsedMs();
    if (answers) {
      watched.heart ??= new PhiAccrual(nowMs);
      watched.heart.beat(nowMs);
      watched.answeredAtMs = nowMs;
    }
    return watched.heart?.isAlive(nowMs) ?? nowMs - watched.sinceMs < STARTS_WITHIN_MS;
  }

  async #begin(
    { agent, deploymentId }: HostedSign,
    from: HostedPlace,
    { cause, by, room = '' }: { cause: string; by: string; room?: string | undefined },
  ): Promise<Task> {
    const { store, tasks } = this.#init;
    const { dseq, price: fromPrice } = from;
    const id = await this.#idOf(`${deploymentId}/${dseq}`);
    await store.begin({
      ...{ id, agent, kind: 'hosted', cause, by, fromPlace: placeWords(from), fromPrice },
    });
    return tasks.submit({
      ...{ agent: FAILOVER_WORKER, text: `Fail over ${agent}`, reason: cause, roomId: '' },
      ...{ isConfidential: false, maxAttempts: MOST_ATTEMPTS, timeoutMs: MOVE_TIMEOUT_MS },
      requester: { id: by, role: 'admin' },
      idempotencyKey: `resilience/failover/${id}`,
      data: { id, agent, deploymentId, dseq, cause, room },
    });
  }

  // What was given up is over: what is noticed or asked for after it is a loss of its own.
  async #idOf(place: string): Promise<string> {
    const last = await this.#init.store.latestOf(place);
    if (last?.failure === undefined) return last?.id ?? place;
    const turn = Number(last.id.slice(place.length + 1) || 1);
    return `${place}/${String(turn + 1)}`;
  }

  // Only where somebody can move them: a task that is taken elsewhere would fail.
  async #work(): Promise<void> {
    this.#working ??= this.#init.tasks
      .work(FAILOVER_WORKER, (task, context) => this.#perform(task, context))
      .catch((error: unknown) => {
        this.#working = undefined;
        throw error;
      });
    await this.#working;
  }

  async #perform(task: Task, context: TaskContext): Promise<Outcome> {
    const { room, ...wanted } = move.parse(task.data);
    const answer = await this.#move(wanted, context);
    if (room !== '') await this.#init.tell?.(room, answer);
    return { state: 'COMPLETED', answer };
  }

  async #move(
    { id, agent, deploymentId, dseq, cause }: Omit<z.output<typeof move>, 'room'>,
    context: TaskContext,
  ): Promise<string> {
    const { store } = this.#init;
    const fleet = this.#fleet();
    const place = await fleet.find(deploymentId);
    // It may be only that we could not hear it: first comes whether we hear anybody.
    if (cause === NO_ANSWER) await fleet.askChain(deploymentId);
    const isWell =
      cause === NO_ANSWER &&
      typeof place === 'object' &&
      place.dseq === dseq &&
      (await fleet.answers(place));
    if (isWell) return this.#giveUp(id, `${agent} answers again, so it stays where it is.`);
    await context.step('move', async () => {
      await fleet.move(deploymentId, dseq);
      return true;
    });
    const moved = await this.#awaitPlace(fleet, { agent, deploymentId, dseq }, context.signal);
    if (moved === undefined)
      return this.#giveUp(
        id,
        `${agent} could not be placed anywhere within what was approved for it; create it anew with a higher price.`,
      );
    await store.placed(id, placeWords(moved), moved.price);
    const failover = await store.find(id);
    return failover ? describeFailover(failover) : '';
  }

  async #giveUp(id: string, answer: string): Promise<string> {
    await this.#init.store.failed(id, answer);
    return answer;
  }

  // It counts as placed once it says that it is well.
  async #awaitPlace(
    fleet: HostedFleet,
    { agent, deploymentId, dseq }: { agent: string; deploymentId: string; dseq: string },
    signal: AbortSignal,
  ): Promise<HostedPlace | undefined> {
    const { elapsedMs, pollMs = POLL_MS } = this.#init;
    for (const end = elapsedMs() + MOVE_TIMEOUT_MS / 2; elapsedMs() < end;) {
      signal.throwIfAborted();
      const place = await fleet.find(deploymentId);
      if (place === undefined) return undefined;
      if (place !== 'moving' && place.dseq !== dseq && (await fleet.answers(place))) return place;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new NotPlacedYetError({ agent });
  }

  #fleet(): HostedFleet {
    const fleet = this.#init.fleet();
    if (!fleet) throw new NoFleetError();
    return fleet;
  }

  // --- processes

  async #noteLost({ agent, generation, state, silentMs }: AgentPresence): Promise<void> {
    const isSilent = (state === 'ready' || state === 'starting') && silentMs > SILENT_MS;
    if (state !== 'lost' && !isSilent) return;
    await this.#init.store.begin({
      ...{ id: `${agent}#${String(generation)}`, agent, kind: 'process', by: SYSTEM.id },
      cause: 'its process was not heard of any more',
      fromPlace: `in its process number ${String(generation)}`,
    });
  }

  // A higher generation is another process; the same one that is heard again was only paused.
  async #noteTakenOver(
    { id, agent, placedAtMs }: Failover,
    presences: readonly AgentPresence[],
  ): Promise<void> {
    const now = presences.find((one) => one.agent === agent);
    if (placedAtMs !== undefined || now?.state !== 'ready' || now.silentMs > SILENT_MS) return;
    const { store } = this.#init;
    if (id === `${agent}#${String(now.generation)}`)
      await store.failed(id, 'it was heard again, so nobody stands in.');
    else await store.placed(id, `in its process number ${String(now.generation)}`);
  }

  // --- both

  // Who is lost completes nothing any more, and who stands in may be done with what had waited before it is
  // seen to be ready. Who is moved while it is well works on until then.
  async #noteRecovered({ id, agent, by, detectedAtMs, placedAtMs }: Failover): Promise<void> {
    if (placedAtMs === undefined) return;
    const { tasks, store } = this.#init;
    const fromMs = by === SYSTEM.id ? detectedAtMs : placedAtMs;
    const done = await tasks.list({
      agent: readClaim(agent).agent,
      states: ['COMPLETED'],
      limit: NEWEST,
    });
    const since = done.map(({ updatedAt }) => updatedAt).filter((atMs) => atMs >= fromMs);
    if (since.length > 0) await store.recovered(id, Math.min(...since));
  }
}

function newlyWatched(agent: string, place: HostedPlace, sinceMs: number): Watched {
  return { agent, place, sinceMs, heart: undefined, answeredAtMs: undefined };
}

function lastPlace({ place, noted }: HostedSign): HostedPlace {
  return typeof place === 'object' ? place : noted;
}

function placeWords({ provider, region }: HostedPlace): string {
  return `at provider ${provider}${region === undefined ? '' : ` in ${region}`}`;
}

function isNamed(agent: string, name: string): boolean {
  const word = name.trim().toLowerCase();
  if (readClaim(agent).index > 0 && isNamed(readClaim(agent).agent, name)) return true;
  return agent.toLowerCase() === word || agent.toLowerCase().split(' ').includes(word);
}
