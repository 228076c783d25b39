import { formatUsd } from '@371os/kernel';
import type { SagaContext, SagaStep } from '@371os/plugin-tasks';
import type { AgentPlacement, AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import type { CreationPlan } from '../domain/creation-plan.ts';
import {
  AgentNotReadyError,
  CreationStoppedError,
  LifeLostError,
  NameTakenError,
} from '../errors.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';
import type { HostedAgent, Hosting, Place } from '../ports/hosting.ts';
import type { IdentityBook } from '../ports/identity-book.ts';
import { enterAgent, findAgent, moveAgent, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import type { Snapshots } from './snapshots.ts';
import { waitUntil } from './wait-until.ts';

export interface CreationSagaComponents {
  readonly database: Database;
  readonly identities: IdentityBook;
  readonly hosting: Hosting;
  readonly runner: AgentRunner;
  readonly snapshots: Snapshots;
  /** This process. */
  readonly host: string;
  readonly readyMs: number;
  /** Takes an agent that is hosted elsewhere among those that get tasks. */
  readonly onHosted: (agent: AgentRecord) => void;
  /** Takes it from among them. */
  readonly onGone: (agent: AgentRecord) => void;
}

interface CreationInit {
  readonly key: string;
  readonly plan: CreationPlan;
  readonly requesterId: string;
  readonly roomId: string;
  readonly signal: AbortSignal;
}

const WISH_EVERY_MS = 1_000;
const TAKEN_BACK = 'its creation failed and was taken back';

/**
 * The sequence in which an agent comes to be: entered, registered, provisioned, initialised, ready.
 * Each step can be repeated after a crash; when one fails, those before it are taken back.
 */
export class CreationSaga {
  readonly #components: CreationSagaComponents;
  readonly #init: CreationInit;

  constructor(components: CreationSagaComponents, init: CreationInit) {
    this.#components = components;
    this.#init = init;
  }

  steps(): SagaStep[] {
    const { publication, hosting } = this.#init.plan;
    return [
      { name: 'enter', do: () => this.#enter(), undo: ({ result }) => this.#end(result) },
      ...(publication ? [this.#registration(publication)] : []),
      ...(hosting === undefined ? [] : [this.#provision()]),
      this.#initialisation(),
      ...(hosting === undefined || !publication ? [] : [this.#announcement()]),
      { name: 'ready', do: (context) => this.#ready(context) },
    ];
  }

  // --- steps

  async #enter(): Promise<{ agentId: string }> {
    const { plan, requesterId, roomId } = this.#init;
    const { agentId: id, role, request } = plan;
    const { name, hosting } = request;
    const life = { id, name, role, hosting, requesterId, roomId, plan, origin: 'created' } as const;
    const { database } = this.#components;
    const cause = `asked for by ${requesterId}`;
    // Repeated after a crash, it is there already.
    const known = await findAgent(database, id);
    const isOurs = known?.state === 'creating';
    if (!isOurs && !(await enterAgent(database, life, cause))) throw new NameTakenError({ name });
    return { agentId: id };
  }

  #registration(publication: Record<string, unknown>): SagaStep {
    return {
      name: 'register',
      do: async (context) => {
        await this.#say('registering it on chain');
        const registration = await this.#components.identities.publish(publication, {
          ...this.#publishing(context, 'register'),
        });
        await noteAgent(this.#components.database, this.#id, { registration });
        return registration;
      },
      undo: async (context) => {
        const retired = await this.#components.identities.retire(this.#id, {
          ...this.#publishing(context, 'unregister'),
        });
        if (retired)
          await noteAgent(this.#components.database, this.#id, { registration: retired });
      },
    };
  }

  #provision(): SagaStep {
    const key = `${this.#init.key}/place`;
    const { hosting, database } = this.#components;
    return {
      name: 'provision',
      do: async ({ signal }) => {
        await this.#say('looking for a place on Akash');
        const placement = await this.#whileWanted(signal, async (wanted) =>
          placementOf(
            await hosting.provision(this.#hosted(), this.#init.plan.hosting as never, {
              ...{ key, signal: wanted, requesterId: this.#init.requesterId, roomId: '' },
              onProgress: (words) => void this.#say(words),
            }),
          ),
        );
        await noteAgent(database, this.#id, { placement });
        return { deploymentId: placement.deploymentId };
      },
      // What was begun is found by its key, whether it came up or not.
      undo: async ({ signal }) => {
        const deploymentId = await hosting.deploymentOf(key);
        if (deploymentId !== undefined) await hosting.close(deploymentId, { signal });
      },
    };
  }

  #initialisation(): SagaStep {
    const { database, runner, host, onHosted, onGone, snapshots } = this.#components;
    return {
      name: 'initialise',
      do: async () => {
        await this.#checkWanted();
        const { plan } = this.#init;
        const cause =
          plan.hosting === undefined ? 'starts in this process' : 'answers at its place';
        const begun = await this.#begin(cause, host);
        if (plan.request.from !== undefined) await snapshots.bringBack(begun);
        if (plan.hosting === undefined) {
          if (!runner.isRunning(this.#id)) await runner.start(plan.character);
        } else {
          const { generation } = begun;
          // The place was waited for until the agent said that it is ready.
          await moveAgent(database, this.#id, {
            ...{ to: 'ready', generation, cause: 'says that it is ready' },
          });
          onHosted(await this.#record());
        }
        return { generation: begun.generation };
      },
      undo: async () => {
        await this.#refuse();
        if (this.#init.plan.hosting === undefined) await runner.stop(this.#id);
        else onGone(await this.#record());
      },
    };
  }

  #announcement(): SagaStep {
    return {
      name: 'announce',
      do: async (context) => {
        await this.#say('adding its address to its registration');
        const { placement } = await this.#record();
        if (!placement) throw new LifeLostError({ name: this.#name });
        const registration = await this.#components.identities.place(this.#id, placement, {
          ...this.#publishing(context, 'place'),
        });
        await noteAgent(this.#components.database, this.#id, { registration });
        return registration;
      },
    };
  }

  // Once it was ready it is made: whoever wants it ended from then on ends a life, not a creation.
  async #ready({ signal }: SagaContext): Promise<undefined> {
    const { readyMs } = this.#components;
    const made = await waitUntil(
      async () => {
        const { state } = await this.#record();
        if (isWorking(state) || state === 'draining' || state === 'stopped') return true;
        await this.#checkWanted();
        return undefined;
      },
      { timeoutMs: readyMs, signal },
    );
    if (!made) throw new AgentNotReadyError({ name: this.#name, waitedMs: readyMs });
    await this.#say('');
    return undefined;
  }

  // --- parts of them

  async #begin(cause: string, host: string): Promise<AgentRecord> {
    const { database, runner } = this.#components;
    const known = await this.#record();
    // Repeated after a crash of this process it begins anew; in the same one it has begun. One that is
    // hosted elsewhere did not die with us, and its token holds the generation that it began with.
    const isElsewhere = this.#init.plan.hosting !== undefined;
    const isHere = known.host === host && runner.isRunning(this.#id);
    if (known.state !== 'creating' && (isElsewhere || isHere)) return known;
    const begun = await moveAgent(database, this.#id, {
      to: 'initialising',
      cause,
      startsOn: host,
    });
    if (!begun) throw new LifeLostError({ name: this.#name });
    return begun;
  }

  // Somebody whom nobody wants ended leaves with its host to start again with it, and is started again
  // when its host has died.
  async #refuse(): Promise<void> {
    const { retireWish = TAKEN_BACK } = await this.#record();
    await noteAgent(this.#components.database, this.#id, { retireWish });
  }

  async #end(result: unknown): Promise<void> {
    // Without a result nobody knows whether the name was taken; if so, it is in this plan's own row.
    const known = await findAgent(this.#components.database, this.#id);
    if (result === undefined && known?.state !== 'creating') return;
    await moveAgent(this.#components.database, this.#id, {
      ...{ to: 'failed', cause: known?.retireWish ?? TAKEN_BACK },
    });
  }

  // Somebody may want it ended while it is being made; then nothing more is paid for it.
  async #whileWanted<Result>(
    signal: AbortSignal,
    work: (wanted: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    await this.#checkWanted();
    const unwanted = new AbortController();
    const timer = setInterval(() => {
      this.#checkWanted().catch((error: unknown) => {
        unwanted.abort(error);
      });
    }, WISH_EVERY_MS);
    try {
      return await work(AbortSignal.any([signal, this.#init.signal, unwanted.signal]));
    } finally {
      clearInterval(timer);
    }
  }

  async #checkWanted(): Promise<void> {
    const { retireWish } = await this.#record();
    if (retireWish !== undefined)
      throw new CreationStoppedError({ name: this.#name, why: retireWish });
  }

  async #record(): Promise<AgentRecord> {
    const agent = await findAgent(this.#components.database, this.#id);
    if (!agent) throw new LifeLostError({ name: this.#name });
    return agent;
  }

  async #say(progress: string): Promise<void> {
    await noteAgent(this.#components.database, this.#id, { progress });
  }

  #publishing(
    { signal }: SagaContext,
    step: string,
  ): { key: string; requesterId: string; signal: AbortSignal } {
    const { key, requesterId } = this.#init;
    return { key: `lifecycle-${key}-${step}`, requesterId, signal };
  }

  #hosted(): HostedAgent {
    const { plan } = this.#init;
    return {
      ...{ id: plan.agentId, name: plan.request.name, generation: plan.generation },
      character: plan.character as HostedAgent['character'],
      modelCapUsd: plan.request.allowanceUsd,
    };
  }

  get #id(): string {
    return this.#init.plan.agentId;
  }

  get #name(): string {
    return this.#init.plan.request.name;
  }
}

// What its leases take changes when it moves, so that is not written down.
function placementOf(place: Place): AgentPlacement {
  const { deploymentId, dseq, provider, region, endpoint, monthlyPico } = place;
  return {
    ...{ deploymentId, dseq, provider, endpoint },
    ...(region === undefined ? {} : { region }),
    monthlyUsd: formatUsd(monthlyPico),
  };
}
