import { Service, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, serviceOf, systemClock, type Clock } from '@371os/kernel';
import { treasuryOf } from '@371os/plugin-treasury';
import { DurableTasks } from '../adapters/durable-tasks.ts';
import { RuntimeColleagues } from '../adapters/runtime-colleagues.ts';
import { analyseSpending, type SpendingAnalysis } from '../domain/spending-analysis.ts';
import {
  checkCommunity,
  type CommunityCheck,
  type CommunityState,
} from '../domain/community-check.ts';
import { departmentsFor, type Delegation, type Department } from '../domain/directive.ts';
import { reviewOutcomes, type OutcomeReview } from '../domain/outcome-review.ts';
import { CsuiteMissingError, TooManyHopsError } from '../errors.ts';
import type { Assignment, Colleagues, TaskHistory, TaskIntake } from '../ports.ts';
import { csuiteSettings, type CsuiteSettings } from '../settings.ts';
import { RecentFigures } from './recent-figures.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    CSUITE: 'csuite';
  }
}

/** The name under which an agent finds its officer's desk. */
export const CSUITE_SERVICE = 'csuite';

const MOST_ROWS = 100_000;
// Somebody who is asked by somebody who was asked by somebody: further it only goes in circles.
const MOST_HOPS = 3;

/** A directive, and what it comes with. */
export type Directive = Omit<Assignment, 'agent' | 'reason' | 'idempotencyKey'> & {
  /** The same directive of the same message is given once. */
  readonly messageId: string;
};

/** What an officer needs to decide: who else there is, the ledger, past tasks. */
export class CsuiteService extends Service {
  static override readonly serviceType = CSUITE_SERVICE;
  override readonly capabilityDescription = 'What the officers of the company decide by rules.';

  readonly figures = new RecentFigures();
  readonly colleagues: Colleagues;
  readonly #clock: Clock;
  readonly #tasks: TaskHistory & TaskIntake;
  #settings: CsuiteSettings | undefined;

  constructor(runtime: IAgentRuntime, clock: Clock = systemClock) {
    super(runtime);
    this.#clock = clock;
    this.colleagues = new RuntimeColleagues(runtime);
    this.#tasks = new DurableTasks(runtime);
  }

  // Nothing is opened here: what an officer needs is asked for when it is needed.
  static override start(runtime: IAgentRuntime): Promise<CsuiteService> {
    return Promise.resolve(new CsuiteService(runtime));
  }

  override stop(): Promise<void> {
    return Promise.resolve();
  }

  /** @throws InvalidSettingError when a setting is wrong */
  get settings(): CsuiteSettings {
    return (this.#settings ??= agentSettings(csuiteSettings, this.runtime));
  }

  /**
   * This month's spending, at most its newest 100,000 lines.
   * @throws TreasuryMissingError, LedgerUnreadableError, LedgerDamagedError
   */
  async analyseSpending(): Promise<SpendingAnalysis> {
    const treasury = await treasuryOf(this.runtime);
    const { caps } = await treasury.summary();
    const rows = await treasury.ledger({ window: 'month', limit: MOST_ROWS });
    const monthly = caps.filter(
      ({ scope, window }) => scope === 'organisation' && window === 'month',
    );
    return analyseSpending(rows, monthly, this.#clock());
  }

  /** @throws InvalidSettingError */
  checkCommunity(state: CommunityState): CommunityCheck {
    const recheckMs = this.settings.CSUITE_RECHECK_MS;
    return checkCommunity(state, { nowMs: this.#clock(), recheckMs });
  }

  /**
   * What became of the newest tasks.
   * @param limit how many, 1 to 1,000; CSUITE_REVIEW_TASKS by default
   * @throws InvalidSettingError, TasksMissingError, TaskStoreError
   */
  async reviewOutcomes(limit: number = this.settings.CSUITE_REVIEW_TASKS): Promise<OutcomeReview> {
    return reviewOutcomes(await this.#tasks.recent(limit));
  }

  /**
   * Gives a directive to each department whose words it has, as a task of its own.
   * @throws TooManyHopsError, TasksMissingError, TaskStoreError, InvalidTaskError
   */
  async delegate(directive: Directive): Promise<Delegation[]> {
    const { hops } = directive;
    if (hops >= MOST_HOPS) throw new TooManyHopsError({ hops, mostHops: MOST_HOPS });
    const departments = departmentsFor(directive.text);
    return Promise.all(
      departments.map((department) =>
        this.#give(directive, department, `the directive says ${department.words.join(', ')}`),
      ),
    );
  }

  /**
   * Has the CEO hear of something, as a task. Without a task when there is no CEO, or when it has been
   * handed on as often as it may.
   * @throws TasksMissingError, TaskStoreError, InvalidTaskError
   */
  async tellCeo(news: Directive): Promise<Delegation> {
    const ceo = { role: 'CEO', words: [] };
    return news.hops >= MOST_HOPS ? ceo : this.#give(news, ceo, 'the CEO is to know of it');
  }

  async #give(
    { messageId, hops, ...work }: Directive,
    department: Department,
    reason: string,
  ): Promise<Delegation> {
    const { role } = department;
    const agent = this.colleagues.nameOf(role);
    if (agent === undefined) return department;
    const taskId = await this.#tasks.submit({
      ...work,
      agent,
      reason,
      hops: hops + 1,
      idempotencyKey: `directive:${messageId}:${role}`,
    });
    return { ...department, agent, taskId };
  }
}

/**
 * The officer's desk of an agent, once it has started.
 * @throws CsuiteMissingError
 */
export async function csuiteOf(runtime: IAgentRuntime): Promise<CsuiteService> {
  return serviceOf<CsuiteService>(runtime, {
    type: CSUITE_SERVICE,
    plugin: 'csuite',
    missing: () => new CsuiteMissingError({ agent: runtime.character.name }),
  });
}
