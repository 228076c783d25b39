import { parseUsd, type Clock, type PicoUsd } from '@371os/kernel';
import type { Task } from '@371os/plugin-tasks';
import type { TreasuryService } from '@371os/plugin-treasury';
import { hasLeft, type AgentRecord } from '../domain/agent-record.ts';
import { isWorking } from '../domain/agent-state.ts';
import { judge, noticeWords, type CleanUpPolicy } from '../domain/clean-up.ts';
import type { Hosting } from '../ports/hosting.ts';
import type { IdentityBook } from '../ports/identity-book.ts';
import { findAgentNamed, listAgents, noteAgent } from '../store/agent-store.ts';
import type { Database } from '../store/database.ts';
import { leaveRooms } from '../store/room-store.ts';
import { lifeKey } from './agent-work.ts';
import type { TrackRecord } from './track-record.ts';

export interface CleanUpsComponents {
  readonly database: Database;
  readonly treasury: Pick<TreasuryService, 'ledger'>;
  readonly identities: IdentityBook;
  readonly hosting: Hosting;
  readonly records: TrackRecord;
  readonly retire: (agent: AgentRecord, cause: string) => Promise<Task>;
  readonly closeInstances: (agent: AgentRecord, signal: AbortSignal) => Promise<void>;
  readonly cancelTasksOf: (agent: AgentRecord) => Promise<number>;
  readonly tell: (agent: AgentRecord, words: string) => Promise<void>;
  readonly log: (problem: string, error: unknown) => void;
  readonly now: Clock;
  readonly idleHours: number;
  readonly noticeMs: number;
}

const STEP_MS = 600_000;
const MOST_ROWS = 100_000;

/**
 * Ends agents that nobody needs, after notice in their room, and closes what those that have ended
 * left behind. May be called at any time, and again.
 */
export class CleanUps {
  readonly #components: CleanUpsComponents;

  constructor(components: CleanUpsComponents) {
    this.#components = components;
  }

  async sweep(): Promise<void> {
    const { database, log } = this.#components;
    for (const agent of await listAgents(database, { isOverToo: true }))
      try {
        await (hasLeft(agent) ? this.#closeLeftovers(agent) : this.#judge(agent));
      } catch (error) {
        // The others are looked after all the same; this one next time.
        log(`${agent.name} could not be looked after`, error);
      }
  }

  // --- those that live

  async #judge(agent: AgentRecord): Promise<void> {
    if (agent.origin !== 'created' || !isWorking(agent.state)) return;
    const { records, now, retire } = this.#components;
    const { name, createdAtMs, noticedAtMs } = agent;
    const policy = this.#policyFor(agent);
    const judged = judge(
      {
        activeAtMs: (await records.activeAt(name)) ?? createdAtMs,
        spentPico: policy.allowancePico === undefined ? 0n : await this.#spentBy(name),
        noticedAtMs,
      },
      policy,
      now(),
    );
    if (judged.kind === 'notice') await this.#giveNotice(agent, judged.why);
    if (judged.kind === 'spare')
      await noteAgent(this.#components.database, agent.id, { notice: null });
    if (judged.kind === 'retire') await retire(agent, judged.why);
  }

  #policyFor({ plan }: AgentRecord): CleanUpPolicy {
    const { idleHours, noticeMs } = this.#components;
    const { idleHours: own, allowanceUsd } = plan?.request ?? {};
    const allowancePico = allowanceUsd === undefined ? undefined : parseUsd(allowanceUsd);
    return { idleHours: own ?? idleHours, allowancePico, noticeMs };
  }

  async #spentBy(agent: string): Promise<PicoUsd> {
    const rows = await this.#components.treasury.ledger({
      agent,
      window: 'month',
      limit: MOST_ROWS,
    });
    return rows.reduce((sum, { costPico }) => sum + costPico, 0n);
  }

  async #giveNotice(agent: AgentRecord, why: string): Promise<void> {
    const { database, tell, noticeMs } = this.#components;
    await tell(agent, noticeWords(agent, why, noticeMs));
    await noteAgent(database, agent.id, { notice: why });
  }

  // --- those that have ended

  async #closeLeftovers(agent: AgentRecord): Promise<void> {
    const { database, hosting, identities } = this.#components;
    const { id, placement, registration, requesterId } = agent;
    const signal = AbortSignal.timeout(STEP_MS);
    await this.#components.closeInstances(agent, signal);
    if (placement) {
      await hosting.close(placement.deploymentId, { signal });
      await noteAgent(database, id, { placement: null });
    }
    if (registration?.status === 'active') {
      const key = `lifecycle-${lifeKey(agent)}-retire`;
      const retired = await identities.retire(id, { key, requesterId, signal });
      if (retired) await noteAgent(database, id, { registration: retired });
    }
    // One that was launched may just be started again by its host, with its rooms and tasks.
    if (agent.origin === 'created') await this.#tidy(agent);
  }

  // Its rooms go by its id, its tasks by its name, which somebody else may have now.
  async #tidy(agent: AgentRecord): Promise<void> {
    const { database, cancelTasksOf } = this.#components;
    await leaveRooms(database, agent.id);
    const holder = await findAgentNamed(database, agent.name);
    if (holder?.id === agent.id) await cancelTasksOf(agent);
  }
}
