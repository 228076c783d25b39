import { KeyedQueue, processWide } from '@371os/kernel';
import {
  saga,
  SagaUndoneError,
  type Outcome,
  type Task,
  type TaskContext,
  type TasksService,
} from '@371os/plugin-tasks';
import type { Approval, Approvals } from '@371os/plugin-treasury';
import { z } from 'zod';
import {
  isOvertaken,
  publicationPlanSchema,
  publishedWords,
  type CompanyAgent,
  type Publication,
  type PublicationPlan,
  type Published,
} from '../domain/publication.ts';
import type { AgentProfile } from '../domain/registration-file.ts';
import { AgentBusyError, UnknownPublicationError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import {
  endPublication,
  findAgent,
  findPublication,
  insertPublication,
  keepPublished,
  listAgents,
  nextSequence,
  takeAgent,
} from '../store/publication-store.ts';
import {
  PublicationSaga,
  readPublished,
  type PublicationSagaComponents,
} from './publication-saga.ts';

export interface PublicationsComponents extends PublicationSagaComponents {
  readonly database: Database;
  readonly tasks: TasksService;
  readonly approvals: Pick<Approvals, 'consume'>;
  readonly explorerUrl: string | undefined;
  readonly log: (problem: string, error: unknown) => void;
  /** Told of what stands on chain from now on. */
  readonly onPublished: (agent: CompanyAgent, published: Published) => void;
}

const TIMEOUT_MS = 3_600_000;
const MOST_ATTEMPTS = 10;
const MOST_CORRECTIONS = 5;
// A URI with a CID has this form; what gas it takes does not depend on which CID it is.
const SOME_URI = `ipfs://b${'a'.repeat(58)}`;

const OVERTAKEN = 'Something else was published of it meanwhile.';

const taskData = z.object({ publicationId: z.string() });

/** What of this company's agents is published: asked for, approved, carried out once. */
export class Publications {
  readonly #components: PublicationsComponents;

  constructor(components: PublicationsComponents) {
    this.#components = components;
  }

  /** The name under which publications are queued: whoever has the key may carry them out. */
  get worker(): string {
    return `registry ${this.#components.signer.address}`;
  }

  /** An agent of this company, if it was ever to be registered. */
  async agent(did: string): Promise<CompanyAgent | undefined> {
    return findAgent(this.#components.database, { ...this.#place(), did });
  }

  /** Those that are registered, by name. */
  async agents(): Promise<CompanyAgent[]> {
    return listAgents(this.#components.database, this.#place());
  }

  /**
   * What would be published, and what it may cost in gas now; where it is made of what was published
   * under a sequence number, only after that.
   * @throws CallRevertedError, GasTooDearError
   */
  async plan(
    { did, name, profile }: { did: string; name: string; profile: AgentProfile },
    work: PublicationPlan['work'],
    follows?: number,
  ): Promise<PublicationPlan> {
    const { identities, queue } = this.#components;
    const known = (await this.agent(did))?.published?.agentId;
    const call =
      known === undefined
        ? identities.registration(SOME_URI, [{ key: 'did', value: `0x${'00'.repeat(did.length)}` }])
        : identities.uriChange(known, SOME_URI);
    const worstWei = String(await queue.quote(call));
    const plan = { version: 1, work, ...this.#place(), did, name, profile, follows, worstWei };
    // As it will be read back: what is undefined is gone.
    return publicationPlanSchema.parse(JSON.parse(JSON.stringify(plan)));
  }

  /**
   * Begins what was approved. The task is kept before the approval is used up, under its id: whoever
   * repeats this after a crash begins nothing twice.
   */
  async begin({ id, plan, requester, room, digest }: Approval): Promise<Task> {
    const task = await this.beginWithin({ id, plan, requesterId: requester, roomId: room ?? '' });
    await this.#components.approvals.consume(id, digest);
    return task;
  }

  /**
   * Begins a publication that is a part of something larger, which was approved as a whole. The same
   * id begins it once; without a room nobody is told of its end.
   * @throws UnknownPublicationError
   */
  async beginWithin({
    id,
    plan,
    requesterId,
    roomId = '',
  }: {
    readonly id: string;
    readonly plan: unknown;
    readonly requesterId: string;
    readonly roomId?: string | undefined;
  }): Promise<Task> {
    const { database, tasks } = this.#components;
    const parsed = publicationPlanSchema.safeParse(plan);
    if (!parsed.success || !this.#isHere(parsed.data)) throw new UnknownPublicationError({ id });
    await insertPublication(database, { id, plan: parsed.data, requesterId, roomId });
    return tasks.submit({
      ...{ agent: this.worker, roomId, isConfidential: false },
      ...{ timeoutMs: TIMEOUT_MS, maxAttempts: MOST_ATTEMPTS, data: { publicationId: id } },
      text: `Publish ${parsed.data.name}'s registration`,
      // Whoever may ask for it; that the owner said yes is in the approval.
      requester: { id: requesterId, role: 'admin' },
      idempotencyKey: `registry/${id}`,
    });
  }

  /** What became of a publication; undefined when none was begun under an id. */
  async find(id: string): Promise<Publication | undefined> {
    return findPublication(this.#components.database, id);
  }

  /** Does the tasks that {@link begin} submits. */
  async perform(task: Task, context: TaskContext): Promise<Outcome> {
    const publication = await this.of(task);
    if (publication.state !== 'PUBLISHING') return this.#outcomeOf(publication);
    const agent = await this.#take(publication);
    const { work } = publication.plan;
    // Two requests to register the same agent are one.
    const isOthers = agent.published && agent.published.publicationId !== publication.id;
    if (work === 'register' && isOthers)
      return this.#end(publication, { state: 'PUBLISHED', published: agent.published });
    if (isOvertaken(publication, agent.published))
      return this.#end(publication, { state: 'FAILED', failure: OVERTAKEN });
    try {
      const published = await this.#publish(publication, agent, context);
      this.#components.onPublished({ ...agent, published }, published);
      return await this.#end(publication, { state: 'PUBLISHED', published });
    } catch (error) {
      if (!(error instanceof SagaUndoneError)) throw error;
      this.#components.log('a registration was not published', error.cause);
      return this.#end(publication, { state: 'FAILED', failure: error.message });
    }
  }

  /** What a task of {@link begin} publishes. @throws UnknownPublicationError */
  async of(task: Task): Promise<Publication> {
    return this.get(taskData.parse(task.data).publicationId);
  }

  /** @throws UnknownPublicationError */
  async get(id: string): Promise<Publication> {
    const found = await this.find(id);
    if (!found) throw new UnknownPublicationError({ id });
    return found;
  }

  // --- publishing

  async #take({ id, plan }: Publication): Promise<CompanyAgent> {
    const { database, signer } = this.#components;
    const { chainId, registry, did, name } = plan;
    const owner = signer.address;
    const agent = await takeAgent(database, { chainId, registry, did, name, owner }, id);
    if (!agent) throw new AgentBusyError({ name });
    return agent;
  }

  // A new agent's number is foreseen for its file. Where somebody else came first, the file is put
  // right with the number that it has got.
  async #publish(
    { id, plan, requesterId }: Publication,
    { published: before }: CompanyAgent,
    context: TaskContext,
  ): Promise<Published> {
    const { database, signer } = this.#components;
    const { did, name, profile } = plan;
    let agentId = before?.agentId;
    for (let turn = 0; ; turn += 1) {
      context.signal.throwIfAborted();
      const sequence = (): Promise<number> =>
        nextSequence(database, plan, { above: before?.sequence ?? 0 });
      const scopes = { agent: name, user: requesterId, task: id };
      const init = { id: `registry/${id}/${String(turn)}`, did, profile, scopes };
      const results = await this.#carryOut({ ...init, agentId, sequence });
      const by = { publicationId: id, owner: signer.address, profile };
      const { published, isMisnamed } = readPublished(results, by);
      if (!isMisnamed || turn === MOST_CORRECTIONS) return published;
      // It has its number now, whatever becomes of the correction.
      await keepPublished(database, plan, published);
      agentId = published.agentId;
    }
  }

  // Until a node has the transaction, nobody else of this process foresees a number.
  async #carryOut(
    init: Omit<ConstructorParameters<typeof PublicationSaga>[1], 'onSent'>,
  ): Promise<Awaited<ReturnType<typeof saga>>> {
    const { tasks, identities } = this.#components;
    const turns = processWide('registry-numbers', () => new KeyedQueue());
    const { chainId, address } = identities.reference;
    const sent = Promise.withResolvers<undefined>();
    const work = async (): Promise<{ done: ReturnType<typeof saga> }> => {
      const steps = new PublicationSaga(this.#components, {
        ...init,
        onSent: () => sent.resolve(undefined),
      });
      const done = saga(tasks, steps.saga());
      await Promise.race([sent.promise, done.catch(() => undefined)]);
      return { done };
    };
    return (await turns.run(`${String(chainId)}/${address}`, work)).done;
  }

  // --- ends

  async #end({ id }: Publication, end: Parameters<typeof endPublication>[2]): Promise<Outcome> {
    await endPublication(this.#components.database, id, end);
    return this.#outcomeOf(await this.get(id));
  }

  #outcomeOf({ plan, published, failure = '' }: Publication): Outcome {
    if (published)
      return {
        state: 'COMPLETED',
        answer: publishedWords(plan, published, this.#components.explorerUrl),
      };
    return {
      state: 'FAILED',
      answer: `The registration of ${plan.name} was not published. ${failure}`,
    };
  }

  // A plan of before the settings were changed is for another chain or contract.
  #isHere({ chainId, registry }: PublicationPlan): boolean {
    const place = this.#place();
    return chainId === place.chainId && registry === place.registry;
  }

  #place(): { chainId: number; registry: string } {
    const { chainId, address } = this.#components.identities.reference;
    return { chainId, registry: address };
  }
}
