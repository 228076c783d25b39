import { every, KeyedQueue, type Principal } from '@371os/kernel';
import {
  announceRequest,
  type Approval,
  type Approvals,
  type CarriedOut,
} from '@371os/plugin-treasury';
import type { Tracker } from '../domain/destination.ts';
import { issuePlan, markOf, titleOf, type IssuePlan } from '../domain/issue-plan.ts';
import type { Run } from '../domain/run.ts';
import { IssueTrackerError } from '../errors/issues.ts';
import type { IssueTracker } from '../ports/issue-tracker.ts';
import type { IssueStore, KeptIssue } from '../store/issue-store.ts';

export const ISSUE_KIND = 'comet-issue';

export interface IssueDeskInit {
  readonly approvals: Approvals;
  readonly store: IssueStore;
  /** @throws NoTrackerError */
  readonly trackerOf: (tracker: Tracker) => IssueTracker;
  readonly log: (problem: string, error: unknown) => void;
}

const LOOK_EVERY_MS = 600_000;
// The clocks of a tracker and of our database are not the same.
const CLOCKS_APART_MS = 600_000;

/** Opens issues, each after the owner's word and once, however often it is asked for. */
export class IssueDesk {
  readonly #init: IssueDeskInit;
  readonly #queue = new KeyedQueue();
  #stop: (() => void) | undefined;

  constructor(init: IssueDeskInit) {
    this.#init = init;
  }

  /** Has issues opened that are approved from now on, and those that were before a crash. */
  async open(): Promise<void> {
    const { approvals, log } = this.#init;
    approvals.handle(ISSUE_KIND, {
      minimumRole: 'owner',
      execute: (approval) => this.#carryOut(approval),
    });
    const { failures } = await approvals.resume();
    for (const error of failures) log('an approved issue was not opened', error);
    this.#stop = every(
      LOOK_EVERY_MS,
      () => this.#lookAgain(),
      (error) => {
        log('it was not looked whether issues are to be opened', error);
      },
    );
  }

  close(): void {
    this.#stop?.();
  }

  /** Whether issues can be opened there at all. @throws NoTrackerError */
  check(tracker: Tracker): void {
    this.#init.trackerOf(tracker);
  }

  /** Asks for the owner's word on an issue with the output of a run. Returns what to say. */
  async ask(
    { shortcut, order, output, requester, roomId }: Run,
    tracker: Tracker,
  ): Promise<string> {
    const { approvals, trackerOf } = this.#init;
    const { place } = trackerOf(tracker);
    const title = titleOf(shortcut, order.subject, output);
    const plan: IssuePlan = { tracker, place, title, body: output };
    const digest = approvals.digestOf(plan);
    const waiting = (await approvals.pending()).find((one) => one.digest === digest);
    const principal: Principal = { ...requester, proof: 'none' };
    const summary = `open the issue "${title}" in ${place} with the output of /${shortcut}`;
    const asked = { kind: ISSUE_KIND, plan, summary, amountPico: 0n, requester: principal };
    return announceRequest(waiting ?? (await approvals.request({ ...asked, room: roomId })));
  }

  /** Opens what was approved and cut off before it was open. */
  async #lookAgain(): Promise<void> {
    const { store, approvals, log } = this.#init;
    for (const issue of await store.unopened())
      try {
        const { state } = await approvals.get(issue.approvalId);
        if (state === 'used') await this.#openOnce(issue);
      } catch (error) {
        log('an approved issue was not opened', error);
      }
  }

  async #carryOut({ id, plan, digest }: Approval): Promise<string | CarriedOut> {
    const { store, approvals } = this.#init;
    const issue = await store.keep(digest, issuePlan.parse(plan), id);
    await approvals.consume(id, digest);
    if (issue.url !== undefined) return `That issue is open already: ${issue.url}`;
    try {
      return `The issue is open: ${await this.#openOnce(issue)}`;
    } catch (error) {
      if (!(error instanceof IssueTrackerError)) throw error;
      this.#init.log('an approved issue was not opened', error);
      const text = `Approved, and not open yet. ${error.message} It is tried again every ten minutes.`;
      return { text, state: 'WORKING' };
    }
  }

  // What was sent before a crash is found by its mark, which nothing else has.
  #openOnce({ key, plan, createdAtMs }: KeptIssue): Promise<string> {
    const { store, trackerOf } = this.#init;
    return this.#queue.run(key, async () => {
      const { url } = await store.keep(key, plan, '');
      if (url !== undefined) return url;
      const tracker = trackerOf(plan.tracker);
      if (tracker.place !== plan.place) {
        const problem = `the settings now lead to ${tracker.place}; set what was approved, or ask anew`;
        throw new IssueTrackerError({ place: plan.place, problem });
      }
      const mark = markOf(key);
      const { title, body } = plan;
      const found = await tracker.find(mark, createdAtMs - CLOCKS_APART_MS);
      const address = found ?? (await tracker.open({ title, body, mark }));
      await store.opened(key, address);
      return address;
    });
  }
}
