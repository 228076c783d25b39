import { isDeepStrictEqual } from 'node:util';
import type { PicoUsd } from '@371os/kernel';
import {
  agreedPrice,
  compareHosting,
  type HostingComparison,
  type ListPrices,
} from '../domain/hosting-cost.ts';
import { changeWorkload, type WorkloadChange } from '../domain/change-workload.ts';
import { planOf, type Deployment } from '../domain/deployment.ts';
import { demandOf, type Demand } from '../domain/demand.ts';
import {
  maximumOfPlan,
  planOfSdl,
  planOfSpec,
  withSecrets,
  type DeploymentPlan,
} from '../domain/deployment-plan.ts';
import {
  readSpec,
  SPEC_FIELDS,
  type DeploymentSpec,
  type SpecFields,
} from '../domain/deployment-spec.ts';
import type { Secrets } from '../domain/secret-reference.ts';
import { readSdl } from '../domain/sdl/read-sdl.ts';
import type { CompiledSdl, Json } from '../domain/sdl/compiled.ts';
import { specToSdl } from '../domain/spec-to-sdl.ts';
import { InvalidSpecError } from '../errors.ts';
import { ResourcesChangedError } from '../order-errors.ts';
import type { SdlCompiler, SdlFiles, SpecFiller } from '../ports/planning.ts';

/** What somebody wants deployed: fields of a specification, an SDL, or the path of an SDL file. */
export interface PlanRequest {
  readonly fields: SpecFields;
  readonly sdl?: string | undefined;
  readonly manifestPath?: string | undefined;
  /** Words that no rule could read. */
  readonly notUsed?: readonly string[] | undefined;
}

/** A plan with all that is said about it. Nothing has been paid or sent anywhere. */
export interface PlannedDeployment {
  readonly plan: DeploymentPlan;
  /** Undefined for an SDL of somebody's own. */
  readonly spec: DeploymentSpec | undefined;
  readonly compiled: CompiledSdl;
  readonly demand: Demand;
  readonly comparison: HostingComparison;
  /** Fields that nobody gave. */
  readonly assumed: readonly (keyof SpecFields)[];
  /** Words that nobody could read. */
  readonly notUsed: readonly string[];
}

// Neither what runs nor what it may cost is for a model to say.
const NOT_FOR_MODELS: readonly (keyof SpecFields)[] = ['dockerImage', 'maxCost', 'environment'];

/** Plans deployments: checks, prices and compares. */
export class Planner {
  readonly #compiler: SdlCompiler;
  readonly #files: SdlFiles;
  readonly #filler: SpecFiller;
  readonly #prices: ListPrices;

  constructor(init: {
    compiler: SdlCompiler;
    files: SdlFiles;
    filler: SpecFiller;
    prices: ListPrices;
  }) {
    this.#compiler = init.compiler;
    this.#files = init.files;
    this.#filler = init.filler;
    this.#prices = init.prices;
  }

  /**
   * @throws InvalidSpecError, InvalidSdlError, UnsupportedSdlError, UnreadableSdlError,
   *   UnpayableSdlError, SecretWrittenOutError, SdlFileError
   */
  async plan(request: PlanRequest): Promise<PlannedDeployment> {
    const { sdl, manifestPath } = request;
    if (sdl !== undefined) return this.#planSdl(sdl, request);
    if (manifestPath !== undefined)
      return this.#planSdl(await this.#files.read(manifestPath), request);
    return this.#planSpec(request);
  }

  /** What a specification costs on Akash and elsewhere; it needs no image. @throws InvalidSpecError */
  compare(fields: SpecFields): { spec: DeploymentSpec; comparison: HostingComparison } {
    const spec = readSpec({ ...fields, dockerImage: 'any' });
    const { groups } = this.#compiler.compile(readSdl(specToSdl(spec)));
    return { spec, comparison: compareHosting(demandOf(groups), this.#prices) };
  }

  /** What a plan takes, and what that costs elsewhere beside so much a month on Akash. */
  compareAgreed(
    plan: DeploymentPlan,
    monthlyPico: PicoUsd,
  ): { groups: CompiledSdl['groups']; comparison: HostingComparison } {
    const { groups } = this.#compiler.compile(readSdl(plan.sdl));
    const akash = agreedPrice(monthlyPico, this.#prices);
    return { groups, comparison: compareHosting(demandOf(groups), this.#prices, akash) };
  }

  /**
   * The plan of a deployment with other images or variables on the same resources.
   * @param next an SDL of somebody's own, or what is to change in the one that there is
   * @throws NoSdlError, ResourcesChangedError, UnknownWorkloadError, and what {@link plan} throws
   */
  async update(
    deployment: Pick<Deployment, 'id' | 'plan'>,
    next: WorkloadChange & Pick<PlanRequest, 'sdl' | 'manifestPath'>,
  ): Promise<DeploymentPlan> {
    const { id } = deployment;
    const plan = planOf(deployment, 'updated');
    const { sdl, manifestPath } = next;
    const isWhole = sdl !== undefined || manifestPath !== undefined;
    const raw = isWhole
      ? (await this.plan({ fields: {}, sdl, manifestPath })).plan.sdl
      : changeWorkload(id, plan.sdl, next);
    const groupsOf = (one: DeploymentPlan['sdl']): CompiledSdl['groups'] =>
      this.#compiler.compile(readSdl(one)).groups;
    const groups = groupsOf(raw);
    if (!isDeepStrictEqual(groups, groupsOf(plan.sdl)))
      throw new ResourcesChangedError({ id, what: 'Resources, placement and prices' });
    return { ...plan, sdl: raw, secrets: planOfSdl(raw, readSdl(raw), groups).secrets };
  }

  /**
   * The manifest of a plan with its secrets, as the provider gets it, and the hash for the chain.
   * @throws UnknownSecretError
   */
  manifestOf(plan: DeploymentPlan, secrets: Secrets): CompiledSdl {
    return this.#compiler.compile(withSecrets(readSdl(plan.sdl), secrets));
  }

  async #planSpec({ fields, notUsed = [] }: PlanRequest): Promise<PlannedDeployment> {
    const open = SPEC_FIELDS.filter((name) => !isGiven(fields[name]));
    const { filled, left } = await this.#fill(fields, open, notUsed);
    const spec = readSpec(filled);
    const sdl = specToSdl(spec);
    const compiled = this.#compiler.compile(readSdl(sdl));
    return this.#planned(planOfSpec(spec, sdl), compiled, {
      spec,
      assumed: open.filter((name) => !isGiven(filled[name])),
      notUsed: left,
    });
  }

  // A wrong guess of a model must not spoil what was said plainly.
  async #fill(
    fields: SpecFields,
    open: readonly (keyof SpecFields)[],
    notUsed: readonly string[],
  ): Promise<{ filled: SpecFields; left: readonly string[] }> {
    const forModel = open.filter((name) => !NOT_FOR_MODELS.includes(name));
    if (notUsed.length === 0 || forModel.length === 0) return { filled: fields, left: notUsed };
    const found = await this.#filler.fill(notUsed, forModel);
    const filled = { ...fields, ...found };
    try {
      readSpec(filled);
      return { filled, left: Object.keys(found).length > 0 ? [] : notUsed };
    } catch (error) {
      if (error instanceof InvalidSpecError) return { filled: fields, left: notUsed };
      throw error;
    }
  }

  #planSdl(text: string, { fields, notUsed = [] }: PlanRequest): PlannedDeployment {
    const raw = this.#compiler.parse(text);
    const sdl = readSdl(raw);
    const compiled = this.#compiler.compile(sdl);
    const plan = planOfSdl(raw as Record<string, Json>, sdl, compiled.groups);
    refuseAbove(plan, fields);
    return this.#planned(plan, compiled, { spec: undefined, assumed: [], notUsed });
  }

  #planned(
    plan: DeploymentPlan,
    compiled: CompiledSdl,
    more: Pick<PlannedDeployment, 'spec' | 'assumed' | 'notUsed'>,
  ): PlannedDeployment {
    const demand = demandOf(compiled.groups);
    return { plan, compiled, demand, comparison: compareHosting(demand, this.#prices), ...more };
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

// Who gives an SDL and a maximum has to price the SDL within it.
function refuseAbove(plan: DeploymentPlan, { maxCost }: SpecFields): void {
  if (!isGiven(maxCost)) return;
  const { maximumPico } = readSpec({ dockerImage: 'any', maxCost });
  if (maximumOfPlan(plan) > maximumPico)
    throw new InvalidSpecError({
      field: 'maxCost',
      problem: `the prices in the SDL allow up to $${plan.maximumUsd} a month, which is more; lower them`,
    });
}
