import { formatUsd, parseUsd, type PicoUsd } from '@371os/kernel';
import { z } from 'zod';
import { InvalidSdlError, UnpayableSdlError, UnknownPlanError } from '../errors.ts';
import { FASTEST_BLOCK_MS, monthlyCost, readBlockPrice } from './block-price.ts';
import type { DeploymentSpec } from './deployment-spec.ts';
import { refuseSecret, resolveSecret, secretName, type Secrets } from './secret-reference.ts';
import type { GroupSpec, Json } from './sdl/compiled.ts';
import type { Sdl } from './sdl/schema.ts';
import { placementsOf, type PlannedPlacement } from './spec-to-sdl.ts';

/** The kind of approval under which deployment plans are kept. */
export const PLAN_KIND = 'akash-deployment';

/** A {@link DeploymentPlan} as it is kept. */
export const planSchema = z.strictObject({
  version: z.literal(1),
  /** The SDL, secrets by reference. */
  sdl: z.record(z.string(), z.json()),
  placements: z.array(z.strictObject({ name: z.string(), regions: z.array(z.string()) })).min(1),
  /** The most that a month may cost, in US dollars. */
  maximumUsd: z.string(),
  /** Names of the secrets that have to be there when the manifest is made. */
  secrets: z.array(z.string()),
});

/**
 * What is approved before anything is paid: JSON, so that its digest binds it to the letter. The
 * hash of the manifest is not part of it, since secrets come in later.
 */
export type DeploymentPlan = z.output<typeof planSchema>;

/** The plan for a specification and its SDL. */
export function planOfSpec(
  spec: DeploymentSpec,
  sdl: Readonly<Record<string, Json>>,
): DeploymentPlan {
  return {
    version: 1,
    sdl: { ...sdl } as DeploymentPlan['sdl'],
    placements: placementsOf(spec).map(mutable),
    maximumUsd: formatUsd(spec.maximumPico),
    secrets: secretsIn(Object.values(spec.environment)),
  };
}

/**
 * The plan for an SDL of somebody's own: what it may cost follows from its prices.
 * @throws UnpayableSdlError, SecretWrittenOutError, InvalidSdlError
 */
export function planOfSdl(
  raw: Readonly<Record<string, Json>>,
  sdl: Sdl,
  groups: readonly GroupSpec[],
): DeploymentPlan {
  refuseDenominations(sdl);
  refuseSecrets(sdl);
  return {
    version: 1,
    sdl: { ...raw } as DeploymentPlan['sdl'],
    placements: groups.map(({ name, requirements }) => ({
      name,
      regions: (requirements.attributes ?? []).flatMap(({ key, value }) =>
        key === 'region' ? [value] : [],
      ),
    })),
    maximumUsd: formatUsd(maximumOf(groups)),
    secrets: secretsIn(Object.values(sdl.services).flatMap(valuesOf)),
  };
}

/** The plan that an approval holds. @throws UnknownPlanError */
export function readPlan(approval: {
  readonly id: string;
  readonly plan: unknown;
}): DeploymentPlan {
  const parsed = planSchema.safeParse(approval.plan);
  if (!parsed.success) throw new UnknownPlanError({ approvalId: approval.id });
  return parsed.data;
}

/** The most that a plan may cost in a month. */
export function maximumOfPlan({ maximumUsd }: DeploymentPlan): PicoUsd {
  return parseUsd(maximumUsd);
}

/**
 * An SDL with the secrets in the place of their references, for the manifest and nothing else.
 * @throws UnknownSecretError
 */
export function withSecrets(sdl: Sdl, secrets: Secrets): Sdl {
  const services = Object.entries(sdl.services).map(([name, service]) => {
    const { env, credentials } = service;
    return [
      name,
      {
        ...service,
        ...(env ? { env: env.map((variable) => resolveVariable(variable, secrets)) } : {}),
        ...(credentials
          ? {
              credentials: {
                ...credentials,
                password: resolveSecret(credentials.password, secrets),
              },
            }
          : {}),
      },
    ] as const;
  });
  return { ...sdl, services: Object.fromEntries(services) };
}

function resolveVariable(variable: string, secrets: Secrets): string {
  const { name, value } = splitVariable(variable);
  return value === undefined ? variable : `${name}=${resolveSecret(value, secrets)}`;
}

function splitVariable(variable: string): { name: string; value: string | undefined } {
  const equals = variable.indexOf('=');
  return equals < 0
    ? { name: variable, value: undefined }
    : { name: variable.slice(0, equals), value: variable.slice(equals + 1) };
}

/** What the groups may cost in a month at their own prices, with the fastest blocks. */
function maximumOf(groups: readonly GroupSpec[]): PicoUsd {
  return groups
    .flatMap(({ resources }) => resources)
    .reduce(
      (sum, { price, count }) =>
        sum + monthlyCost((readBlockPrice(price.amount) ?? 0n) * BigInt(count), FASTEST_BLOCK_MS),
      0n,
    );
}

function refuseDenominations({ profiles }: Sdl): void {
  for (const [placement, { pricing }] of Object.entries(profiles.placement))
    for (const [profile, { denom }] of Object.entries(pricing))
      if (denom !== 'uact')
        throw new UnpayableSdlError({
          path: `profiles.placement.${placement}.pricing.${profile}.denom`,
          denom,
        });
}

function refuseSecrets({ services }: Sdl): void {
  for (const [name, { env, credentials, command, args }] of Object.entries(services)) {
    for (const [index, variable] of (env ?? []).entries()) {
      const { name: key, value } = splitVariable(variable);
      if (value !== undefined) refuseSecret(`services.${name}.env[${String(index)}]`, key, value);
    }
    if (credentials)
      refuseSecret(`services.${name}.credentials.password`, 'password', credentials.password);
    for (const [field, words] of Object.entries({ command, args }))
      if (words?.some((word) => /\bsecret:/.test(word)))
        throw new InvalidSdlError({
          path: `services.${name}.${field}`,
          problem: 'secrets can stand in env and credentials.password only',
        });
  }
}

function valuesOf({ env, credentials }: Sdl['services'][string]): string[] {
  const values = (env ?? []).map((variable) => splitVariable(variable).value ?? '');
  return credentials ? [...values, credentials.password] : values;
}

function secretsIn(values: readonly string[]): string[] {
  return [...new Set(values.flatMap((value) => secretName(value) ?? []))].toSorted();
}

function mutable({ name, regions }: PlannedPlacement): DeploymentPlan['placements'][number] {
  return { name, regions: [...regions] };
}
