import type { IAgentRuntime } from '@elizaos/core';
import { requireRole, type Principal } from '@371os/kernel';
import { treasuryOf, type Approval, type Approvals } from '@371os/plugin-treasury';
import { drillPlan, type Drill } from '../domain/drill.ts';
import { expectationsOf, summaryOf } from '../domain/drill-words.ts';
import type { DrillRequest } from '../domain/read-drill-request.ts';
import type { Drills } from './drills.ts';

/** Which approvals drills are carried out under. */
export const DRILL_KIND = 'resilience-drill';

interface Asked {
  readonly requester: Principal;
  readonly room?: string | undefined;
  readonly message?: string | undefined;
}

/** A drill that waits for the owner's word. */
export interface AskedDrill {
  readonly approval: Approval;
  /** What it expects, a line each. */
  readonly lines: readonly string[];
}

/** Where people ask for drills. */
export class DrillDesk {
  readonly #drills: Drills;
  readonly #approvals: Approvals;

  constructor(init: { readonly drills: Drills; readonly approvals: Approvals }) {
    this.#drills = init.drills;
    this.#approvals = init.approvals;
  }

  /**
   * Plans a drill and has the plan wait for the owner's word. Asked for again, it is the same one.
   * @throws NotPermittedError, DrillRefusedError
   */
  async ask(request: DrillRequest, asked: Asked): Promise<AskedDrill> {
    requireRole(asked.requester, 'admin', 'have drills run');
    const plan = await this.#drills.plan(request);
    const digest = this.#approvals.digestOf(plan);
    const waiting = (await this.#approvals.pending()).find((one) => one.digest === digest);
    const summary = summaryOf(plan);
    const approval =
      waiting ??
      (await this.#approvals.request({
        ...{ kind: DRILL_KIND, plan, summary, amountPico: 0n },
        ...asked,
      }));
    return { approval, lines: expectationsOf(plan) };
  }

  /** Has an approved one wait for its turn. Returns what becomes of it, in words. */
  async begin({ id, plan, digest, requester, room, decidedBy }: Approval): Promise<string> {
    const parsed = drillPlan.parse(plan);
    const approvedBy = decidedBy ?? 'owner';
    await this.#drills.add({
      ...{ id, plan: parsed, requesterId: requester },
      ...{ approvedBy, roomId: room ?? '' },
    });
    await this.#approvals.consume(id, digest);
    return `${summaryOf(parsed)}. It begins within some seconds; /drill tells what comes of it, and /drill abort ends it.`;
  }

  /** Newest first. @throws NotPermittedError */
  async list(by: Principal): Promise<Drill[]> {
    requireRole(by, 'admin', 'look into drills');
    return this.#drills.list();
  }

  /** Ends what runs and waits; their ids. @throws NotPermittedError */
  async abort(by: Principal): Promise<string[]> {
    requireRole(by, 'admin', 'end drills');
    return this.#drills.abort(by.id);
  }
}

/** Has drills that are approved by way of an agent carried out, and those that were before a crash. */
export async function serveDrills(runtime: IAgentRuntime, drills: Drills): Promise<void> {
  const { approvals } = await treasuryOf(runtime);
  const desk = new DrillDesk({ drills, approvals });
  approvals.handle(DRILL_KIND, {
    minimumRole: 'owner',
    execute: (approval) => desk.begin(approval),
  });
  const { failures } = await approvals.resume();
  for (const error of failures)
    runtime.logger.error({ src: 'resilience', error }, 'an approved drill was not begun');
}
