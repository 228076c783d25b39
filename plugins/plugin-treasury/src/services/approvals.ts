import { createHash } from 'node:crypto';
import {
  currentConversation,
  NotPermittedError,
  requireRole,
  SYSTEM,
  type PicoUsd,
  type Principal,
  type RandomSource,
  type Role,
} from '@371os/kernel';
import { approvalId, readApprovalId, type Approval } from '../domain/approval.ts';
import { canonicalJson } from '../domain/digest.ts';
import {
  ApprovalNotProvedError,
  ApprovalUnavailableError,
  NoExecutorError,
  PlanChangedError,
} from '../errors.ts';
import {
  consumeApproval,
  decideApproval,
  insertApproval,
  readApproval,
  readApprovals,
} from '../store/approval-store.ts';
import type { Database } from '../store/database.ts';

/** What somebody wants approved. */
export interface ApprovalRequest {
  readonly kind: string;
  /** JSON; what is approved is this and nothing else. */
  readonly plan: unknown;
  /** The plan in words, for the person who decides. */
  readonly summary: string;
  readonly amountPico: PicoUsd;
  readonly requester: Principal;
  readonly room?: string | undefined;
  /** Id of the message that asks: it cannot approve its own request. */
  readonly message?: string | undefined;
  /** Default: TREASURY_APPROVAL_TTL_MS. */
  readonly ttlMs?: number | undefined;
}

/** A person's word on a request. */
export interface Decision {
  readonly principal: Principal;
  /** Id of the message that decides, where it came as one. */
  readonly message?: string | undefined;
}

/** What came of a plan that was approved. */
export interface CarriedOut {
  /** In words. */
  readonly text: string;
  /** As A2A names states of tasks: COMPLETED, FAILED, or WORKING while it goes on. */
  readonly state: string;
  /** The task that does it, where one does. */
  readonly task?: string;
}

/** Carries out the approved plans of one kind. */
export interface Executor {
  /** Who may approve it: the owner, unless it says that an admin may. */
  readonly minimumRole?: Role | undefined;
  /**
   * Must consume the approval, together with its effect or right before it, so that a plan that is
   * resumed after a crash is carried out once. Returns what was done in words, with the state where it
   * may be another one than done.
   */
  execute(approval: Approval): Promise<string | CarriedOut>;
}

/** What becomes of plans that need a person's word. They are kept in the database. */
export class Approvals {
  readonly #database: Database;
  readonly #random: RandomSource;
  readonly #ttlMs: number;
  readonly #executors = new Map<string, Executor>();

  constructor(init: { database: Database; random: RandomSource; ttlMs: number }) {
    this.#database = init.database;
    this.#random = init.random;
    this.#ttlMs = init.ttlMs;
  }

  /** Says how plans of a kind are carried out. */
  handle(kind: string, executor: Executor): void {
    this.#executors.set(kind, executor);
  }

  /** Whether plans of a kind can be carried out here. */
  canCarryOut(kind: string): boolean {
    return this.#executors.has(kind);
  }

  /** The digest that a plan is approved under. */
  digestOf(plan: unknown): string {
    return createHash('sha256').update(canonicalJson(plan)).digest('hex');
  }

  /** Asks for an approval. @throws LedgerUnreadableError */
  async request(request: ApprovalRequest): Promise<Approval> {
    const approval = await insertApproval(
      this.#database,
      {
        id: approvalId(this.#random(8)),
        kind: request.kind,
        digest: this.digestOf(request.plan),
        plan: request.plan,
        summary: request.summary,
        amountPico: request.amountPico,
        minimumRole: this.#executors.get(request.kind)?.minimumRole ?? 'owner',
        requester: request.requester.id,
        room: request.room,
        message: request.message,
      },
      request.ttlMs ?? this.#ttlMs,
    );
    if (!approval) throw new ApprovalUnavailableError({ id: '', state: 'was not kept' });
    return approval;
  }

  /** @throws ApprovalUnavailableError when there is none */
  async get(id: string): Promise<Approval> {
    const approval = await readApproval(this.#database, readApprovalId(id) ?? id);
    if (!approval) throw new ApprovalUnavailableError({ id, state: 'does not exist' });
    return approval;
  }

  /** What waits for a decision, oldest first. */
  async pending(): Promise<Approval[]> {
    return readApprovals(this.#database, 'pending');
  }

  /**
   * Approves a request and carries it out.
   * @throws NotPermittedError, ApprovalNotProvedError, ApprovalUnavailableError, NoExecutorError
   */
  async carryOut(id: string, decision: Decision): Promise<CarriedOut> {
    return this.#execute(await this.#decide(id, 'granted', decision));
  }

  /** The same, in words alone. */
  async grant(id: string, decision: Decision): Promise<string> {
    return (await this.carryOut(id, decision)).text;
  }

  /** Turns a request down. @throws NotPermittedError, ApprovalNotProvedError, ApprovalUnavailableError */
  async decline(id: string, decision: Decision): Promise<Approval> {
    return this.#decide(id, 'declined', decision);
  }

  /**
   * Uses a granted approval up, once, for the plan with this digest and no other.
   * @throws PlanChangedError, ApprovalUnavailableError
   */
  async consume(id: string, digest: string): Promise<Approval> {
    const used = await consumeApproval(this.#database, id, digest);
    if (used) return used;
    const approval = await this.get(id);
    if (approval.digest !== digest) throw new PlanChangedError({ id });
    throw new ApprovalUnavailableError({ id, state: STATE_WORDS[approval.state] });
  }

  /**
   * Carries out what was approved before a crash, as far as it can be. Call it again after
   * {@link handle} when a kind is added later than the start.
   */
  async resume(): Promise<{ done: string[]; failures: unknown[] }> {
    const done: string[] = [];
    const failures: unknown[] = [];
    for (const approval of await readApprovals(this.#database, 'granted')) {
      if (!this.#executors.has(approval.kind)) continue;
      try {
        done.push((await this.#execute(approval)).text);
      } catch (error) {
        // One that another agent of the company has just carried out is done, too.
        if (!(error instanceof ApprovalUnavailableError)) failures.push(error);
      }
    }
    return { done, failures };
  }

  async #decide(
    typedId: string,
    state: 'granted' | 'declined',
    decision: Decision,
  ): Promise<Approval> {
    const before = await this.get(typedId);
    const { id } = before;
    proveDecision(before, decision, state);
    const decided = await decideApproval(this.#database, {
      id,
      state,
      by: decision.principal.id,
      message: decision.message,
    });
    if (decided) return decided;
    const after = await this.get(id);
    if (after.state === 'pending') throw new ApprovalNotProvedError({ id });
    throw new ApprovalUnavailableError({ id, state: STATE_WORDS[after.state] });
  }

  async #execute(approval: Approval): Promise<CarriedOut> {
    const executor = this.#executors.get(approval.kind);
    if (!executor) throw new NoExecutorError({ kind: approval.kind });
    const done = await executor.execute(approval);
    return typeof done === 'string' ? { text: done, state: 'COMPLETED' } : done;
  }
}

const STATE_WORDS: Record<Approval['state'], string> = {
  pending: 'has not been approved yet',
  granted: 'has been approved already',
  declined: 'has been declined',
  expired: 'has expired; ask for it again',
  used: 'has been approved and carried out already',
};

// A request that was handed on comes from an agent, whoever it works for.
function proveDecision(
  { id, minimumRole }: Approval,
  { principal }: Decision,
  state: 'granted' | 'declined',
): void {
  const what = `${state === 'granted' ? 'approve' : 'decline'} request ${id}`;
  requireRole(principal, minimumRole, what);
  if (principal.id === SYSTEM.id || principal.proof === 'none')
    throw new NotPermittedError({ what, needed: minimumRole });
  if ((currentConversation()?.hops ?? 0) > 0) throw new ApprovalNotProvedError({ id });
}
