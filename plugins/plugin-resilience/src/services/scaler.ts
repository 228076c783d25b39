import { BaseError, explainError, type Clock, type PicoUsd } from '@371os/kernel';
import type { Allowance } from '../domain/affordable.ts';
import { fleetCost, type FleetCost } from '../domain/fleet-cost.ts';
import type { Fleet } from '../domain/fleet.ts';
import { SCALE_RULE, type ScaleRule } from '../domain/hpa.ts';
import { dispensable, freeIndices, type Instance } from '../domain/instance.ts';
import { judgeScaling } from '../domain/judge-scaling.ts';
import type { WorkLoad } from '../domain/readings.ts';
import type { ScalingDecision } from '../domain/scaling-decision.ts';
import { findTarget, type ScalingTarget } from '../domain/scaling-target.ts';
import type { InstanceLauncher } from '../ports/instance-launcher.ts';
import type { Purse, WorkMeter } from '../ports/scaling-meters.ts';
import { NotScaledError } from '../errors/scaling.ts';
import type { ScalingEntry, ScalingStore } from '../store/scaling-store.ts';
import type { Leadership } from './leadership.ts';
import type { Duty } from './resilience-engine.ts';

export interface ScalerInit {
  readonly targets: readonly ScalingTarget[];
  readonly leadership: Pick<Leadership, 'whileLeading'>;
  readonly launcher: InstanceLauncher;
  readonly work: WorkMeter;
  readonly purse: Purse;
  readonly store: ScalingStore;
  readonly everyMs: number;
  /** What an instance costs in an hour at most. */
  readonly pricePico: PicoUsd;
  readonly isDryRun: boolean;
  /** Where it differs from that of Kubernetes and KEDA. */
  readonly rule?: Partial<ScaleRule> | undefined;
  /** How long a replica that is ended may go on with what it works on. */
  readonly drainMs?: number | undefined;
  readonly now: Clock;
  readonly log: (problem: string, error: unknown) => void;
}

/** How an agent is scaled, for people and programs. */
export interface ScalingReport {
  readonly decision: ScalingDecision;
  readonly instances: readonly Instance[];
  readonly cost: FleetCost;
  readonly entries: readonly ScalingEntry[];
  /** Why there can be no more instances here. */
  readonly problem: string | undefined;
  /** What was asked of whom, so that there may be more; undefined when nothing was. */
  readonly asked?: string | undefined;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** What ended so lately says how long tasks take. */
const LOOK_BACK_MS = 300_000;
const DRAIN_MS = 20_000;
const ENTRIES = 10;

/**
 * Has as many instances of each agent as its load asks for, within its bounds and what it may cost.
 * The process that leads does it, and writes down what it decided and why.
 */
export class Scaler implements Duty {
  readonly #init: ScalerInit;
  readonly #rule: ScaleRule;
  #end: (() => void) | undefined;
  #scaling: Promise<void> | undefined;
  #prunedAtMs = 0;

  constructor(init: ScalerInit) {
    this.#init = init;
    this.#rule = { ...SCALE_RULE, ...init.rule };
  }

  start(): void {
    const { leadership, everyMs, launcher } = this.#init;
    if (this.#end) return;
    // Those of an agent that is scaled no more are to be ended, too.
    launcher.open();
    this.#end ??= leadership.whileLeading(everyMs, () => this.scaleAll());
  }

  async stop(): Promise<void> {
    if (!this.#end) return;
    this.#end();
    this.#end = undefined;
    await this.#scaling;
    await this.#init.launcher.close();
  }

  /** The agents that are scaled. */
  get agents(): string[] {
    return this.#init.targets.map(({ agent }) => agent);
  }

  /** Looks at every agent, and changes what is to be changed. Never throws. */
  async scaleAll(): Promise<void> {
    this.#scaling ??= this.#scaleAll().finally(() => (this.#scaling = undefined));
    await this.#scaling;
  }

  async #scaleAll(): Promise<void> {
    for (const target of this.#init.targets)
      try {
        await this.#scale(target);
      } catch (error) {
        this.#init.log(`it was not looked after the instances of ${target.agent}`, error);
      }
    await this.#prune();
  }

  /** How an agent would be scaled now; changes nothing. @throws NotScaledError */
  async explain(name: string): Promise<ScalingReport> {
    const target = this.#targetOf(name);
    const { decision, fleet, nowMs } = await this.#judge(target);
    const { store } = this.#init;
    const { instances, problem } = fleet;
    const steps = await store.steps(target.agent, DAY_MS);
    const { pricePicoPerHour } = decision;
    const terms = { toMs: nowMs, max: target.max, pricePicoPerHour };
    return {
      ...{ decision, instances, cost: fleetCost(steps, terms), problem },
      entries: await store.entries(target.agent, ENTRIES),
    };
  }

  /**
   * Says how many instances an agent has from now on, or with `auto` that its metrics do. The leader
   * sees to it at its next look. @throws NotScaledError
   */
  async order(name: string, count: number | 'auto', by: string): Promise<ScalingReport> {
    const target = this.#targetOf(name);
    const { agent } = target;
    const { store, launcher, isDryRun } = this.#init;
    if (count === 'auto') await store.dropOrder(agent);
    else await store.setOrder({ agent, count, by });
    const report = await this.explain(agent);
    if (isDryRun || !report.decision.needsApproval) return report;
    return { ...report, asked: await launcher.askFor?.(target, { by }) };
  }

  #targetOf(name: string): ScalingTarget {
    const target = findTarget(this.#init.targets, name);
    if (!target) throw new NotScaledError({ name, known: this.agents });
    return target;
  }

  async #scale(target: ScalingTarget): Promise<void> {
    const { store, isDryRun, launcher } = this.#init;
    const { decision, fleet } = await this.#judge(target);
    const isApplied = !isDryRun && fleet.problem === undefined;
    await store.note(decision, isApplied);
    if (!isApplied) return;
    await this.#apply(decision, fleet);
    if (decision.needsApproval) await launcher.askFor?.(target, { by: undefined });
  }

  async #judge(
    target: ScalingTarget,
  ): Promise<{ decision: ScalingDecision; fleet: Fleet; nowMs: number }> {
    const { agent } = target;
    const { store, launcher } = this.#init;
    const rule = this.#rule;
    const windowMs = Math.max(rule.stabilizationMs, rule.upPeriodMs);
    const [fleet, load, { nowMs, ...past }, order] = await Promise.all([
      launcher.survey(agent),
      this.#load(agent),
      store.past(agent, windowMs),
      store.order(agent),
    ]);
    const activeAtMs = 'problem' in load ? undefined : (load.activeAtMs ?? past.activeAtMs);
    const pricePico = fleet.terms?.hourlyPico ?? this.#init.pricePico;
    const decision = judgeScaling({
      ...{ ...fleet, target, load, order, pricePico, rule, nowMs },
      past: { ...past, activeAtMs },
      allowances: await this.#allowances(agent, pricePico),
      modelsPicoPerHour: await this.#modelsCost(target, nowMs),
    });
    return { decision, fleet, nowMs };
  }

  async #load(agent: string): Promise<WorkLoad | { problem: string }> {
    try {
      return await this.#init.work.load(agent, LOOK_BACK_MS);
    } catch (error) {
      return { problem: explainError(error) };
    }
  }

  // What costs nothing needs nobody's leave. A treasury that cannot be read allows nothing more.
  async #allowances(agent: string, pricePico: PicoUsd): Promise<Allowance[]> {
    const { purse } = this.#init;
    if (pricePico === 0n) return [];
    try {
      return await purse.allowances(agent);
    } catch (error) {
      if (!BaseError.isInstance(error)) throw error;
      return [{ name: `a treasury that cannot be read (${error.message})`, leftPico: 0n }];
    }
  }

  async #modelsCost(
    { agent, costPicoPerHour }: ScalingTarget,
    nowMs: number,
  ): Promise<PicoUsd | undefined> {
    if (costPicoPerHour === undefined) return undefined;
    return this.#init.purse.agentCost(agent, nowMs - HOUR_MS);
  }

  async #apply({ agent, current, count }: ScalingDecision, fleet: Fleet): Promise<void> {
    const { launcher, drainMs = DRAIN_MS } = this.#init;
    const { instances, scalesOwn } = fleet;
    for (const index of freeIndices(instances, count - current, { scalesOwn }))
      await this.#safely(`${agent}#${String(index)} was not started`, () =>
        launcher.start(agent, index),
      );
    for (const index of dispensable(instances, current - count, { scalesOwn }))
      await this.#safely(`${agent}#${String(index)} was not ended`, () =>
        launcher.stop({ agent, index }, { drainMs }),
      );
  }

  async #safely(problem: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#init.log(problem, error);
    }
  }

  async #prune(): Promise<void> {
    const { now, store } = this.#init;
    if (now() - this.#prunedAtMs < HOUR_MS) return;
    this.#prunedAtMs = now();
    await this.#safely('the journal of scaling was not tidied up', () => store.prune());
  }
}
