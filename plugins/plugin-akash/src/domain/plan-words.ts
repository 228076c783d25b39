import { divideUp, formatUsd, parseUsd, type PicoUsd } from '@371os/kernel';
import {
  formatBlockPrice,
  monthlyCost,
  PROVIDER_BLOCK_MS,
  type BlockPrice,
} from './block-price.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import { SPEC_DEFAULTS, type DeploymentSpec, type SpecFields } from './deployment-spec.ts';
import type { Demand } from './demand.ts';
import type { Alternative, HostingComparison } from './hosting-cost.ts';
import { describeNetwork, type AkashNetwork } from './network.ts';
import { formatBytes, formatCpu } from './quantity.ts';
import type { GroupSpec } from './sdl/compiled.ts';

const CENT: PicoUsd = 10_000_000_000n;

/** An amount rounded up to whole cents. */
export function cents(amount: PicoUsd): string {
  return formatUsd(divideUp(amount, CENT) * CENT);
}

/** What is paid for each block, and what a month of blocks comes to. */
export function describePrice(price: BlockPrice): string {
  const monthly = cents(monthlyCost(price, PROVIDER_BLOCK_MS));
  return `${formatBlockPrice(price)} uact a block ($${monthly} a month)`;
}

/** A plan in a line, for the list of requests and for whoever approves. */
export function summaryOf(plan: DeploymentPlan): string {
  const services = imagesIn(plan).join(', ');
  const leases = plan.placements.length;
  const where = [...new Set(plan.placements.flatMap(({ regions }) => regions))].join(' or ');
  return `Deploy ${services} on Akash, ${String(leases)} lease${leases === 1 ? '' : 's'}${where === '' ? '' : ` in ${where}`}, for at most $${plan.maximumUsd} a month`;
}

/** The questions that have to be answered before there can be a plan, in one message. */
export function describeQuestions(questions: readonly string[]): string {
  const [only] = questions;
  return questions.length === 1 && only !== undefined
    ? `Before I can plan that deployment: ${only} Nothing was planned or spent.`
    : [
        'Before I can plan that deployment:',
        ...questions.map((one) => `- ${one}`),
        'Nothing was planned or spent.',
      ].join('\n');
}

/** A plan as the person reads it who may have it approved. */
export function describePlan(planned: {
  readonly plan: DeploymentPlan;
  readonly spec: DeploymentSpec | undefined;
  readonly compiled: { readonly groups: readonly GroupSpec[] };
  readonly demand: Demand;
  readonly comparison: HostingComparison;
  readonly assumed: readonly (keyof SpecFields)[];
  readonly notUsed: readonly string[];
}): string {
  const { plan, spec, demand, comparison, assumed, notUsed } = planned;
  return [
    `Plan (dry run: nothing is spent yet): ${imagesIn(plan).join(', ')} on Akash.`,
    `- ${spec ? describeSpec(spec) : describeDemand(demand)}`,
    `- Leases: ${describePlacements(plan)}`,
    `- Most it may cost: $${plan.maximumUsd} a month.`,
    `- Expected: ${describeRange(comparison)}`,
    ...warnings(plan, spec, comparison),
    ...describeAlternatives(comparison).map((line) => `- ${line}`),
    ...(assumed.length > 0 && spec
      ? [`- Not said, so taken: ${assumed.flatMap(describeDefault).join(', ')}.`]
      : []),
    ...(plan.secrets.length > 0
      ? [`- Secrets are filled in when it is deployed: ${plan.secrets.join(', ')}.`]
      : []),
    ...(notUsed.length > 0
      ? [
          `- I could not use: ${notUsed.map((words) => `"${words}"`).join(', ')}. Say it in other words if it matters.`,
        ]
      : []),
  ].join('\n');
}

/** What it costs on Akash and elsewhere. */
export function describeComparison(spec: DeploymentSpec, comparison: HostingComparison): string {
  return [
    `A month of ${describeSpec(spec)}`,
    `On Akash: ${describeRange(comparison)}`,
    ...describeAlternatives(comparison),
  ].join('\n');
}

/**
 * What approving a plan does.
 * @param network the one that it is carried out on; undefined when there is none, or no key for it
 */
export function describeApproval(network: AkashNetwork | undefined): string {
  const then = network
    ? `It is then deployed and paid on ${describeNetwork(network)}.`
    : 'No Akash network with a key is configured in this company, so an approved plan is kept and nothing is deployed or paid.';
  return `Approving it binds exactly this plan. ${then}`;
}

function describeSpec(spec: DeploymentSpec): string {
  const {
    milliCpu,
    memoryBytes,
    storageBytes,
    isPersistent,
    mountPath,
    replicas,
    ports,
    redundancy,
  } = spec;
  const stored = `${formatBytes(storageBytes)} of ${isPersistent ? `persistent storage at ${mountPath}` : 'storage that does not outlive a restart'}`;
  const times = replicas === 1 ? '' : `${String(replicas)} replicas, each of `;
  const on = redundancy === 1 ? '' : `, on ${String(redundancy)} providers`;
  return `${times}${formatCpu(milliCpu)} CPU, ${formatBytes(memoryBytes)} of memory, ${stored}; port ${ports.map(({ port, proto }) => `${String(port)}/${proto}`).join(', ')}${on}.`;
}

function describeDemand({ milliCpu, memoryBytes, storageBytes, gpus }: Demand): string {
  const stored = Object.values(storageBytes).reduce((sum, bytes) => sum + bytes, 0);
  return `in all ${formatCpu(milliCpu)} CPU, ${formatBytes(memoryBytes)} of memory, ${formatBytes(stored)} of storage${gpus > 0 ? `, ${String(gpus)} GPU` : ''}.`;
}

function describePlacements({ placements }: DeploymentPlan): string {
  const [first, ...others] = placements.map(({ regions }) =>
    regions.length > 0 ? `in ${regions.join(' or ')}` : 'anywhere',
  );
  return others.length === 0
    ? `one, ${first ?? 'anywhere'}.`
    : `${String(placements.length)} on different providers: ${[first, ...others].join('; ')}.`;
}

function describeRange({ akash }: HostingComparison): string {
  return `$${cents(akash.lowPico)} (providers' default prices) to $${cents(akash.highPico)} (estimate of Akash's Console) a month, 0.25 % for minting ACT included; providers' bids decide.`;
}

function warnings(
  plan: DeploymentPlan,
  spec: DeploymentSpec | undefined,
  { akash }: HostingComparison,
): string[] {
  const maximum = parseUsd(plan.maximumUsd);
  const image = spec?.image.split('/').at(-1) ?? '';
  return [
    ...(maximum < akash.lowPico
      ? ['- That maximum is below the default price of providers: most will not bid.']
      : maximum < akash.highPico
        ? ['- That maximum is below the high end, so some providers will not bid.']
        : []),
    ...(spec && !/[:@]/.test(image)
      ? [
          '- The image has no tag, so the newest one runs, which may change on a restart: better name one.',
        ]
      : []),
  ];
}

/** A line for each alternative, with what Akash saves against it. */
export function describeAlternatives({ containers, server, akash }: HostingComparison): string[] {
  return [
    ...containers.map(
      (one) =>
        `${one.name}: $${cents(one.monthlyPico)} at list price of ${one.date}; Akash is ${describeSaving(one)}.`,
    ),
    ...(server ? [describeServer(server, akash)] : []),
    ...(containers.length > 0
      ? [
          'Those are for the same vCPU, memory and storage at all hours. Service level, egress, load balancers and durability of data differ.',
        ]
      : []),
  ];
}

function describeSaving({ savingPermille: { least, most } }: Alternative): string {
  if (most <= 0) return `${percent(-most)} to ${percent(-least)} dearer`;
  if (least < 0) return `between ${percent(most)} cheaper and ${percent(-least)} dearer`;
  return least === most
    ? `${percent(least)} cheaper`
    : `${percent(least)} to ${percent(most)} cheaper`;
}

function describeServer(
  { name, monthlyPico, date, savingPermille }: Alternative,
  akash: HostingComparison['akash'],
): string {
  const price = `a whole server (${name}, $${cents(monthlyPico)}, ${date})`;
  if (savingPermille.most < 0)
    return `Cheaper than Akash: ${price} is large enough, if you keep it up yourself.`;
  if (monthlyPico < akash.highPico)
    return `Perhaps cheaper than Akash: ${price} is large enough, if you keep it up yourself.`;
  return `Not cheaper than Akash: ${price}.`;
}

function percent(permille: number): string {
  return `${String(permille / 10)} %`;
}

/** The images that a plan runs. */
export function imagesIn({ sdl }: DeploymentPlan): string[] {
  const services = Object.values(sdl['services'] ?? {}) as { image?: unknown }[];
  return services.map(({ image }) => String(image));
}

const DEFAULT_WORDS: Readonly<Partial<Record<keyof SpecFields, string>>> = {
  cpu: `${SPEC_DEFAULTS.cpu} CPU`,
  memory: '1 GiB of memory',
  storage: '10 GiB of storage',
  replicas: 'one replica',
  ports: 'port 8080 over http',
  maxCost: `at most $${SPEC_DEFAULTS.maxCost} a month`,
  regions: 'us-west or eu-central',
  persistence: 'nothing kept over restarts',
};

function describeDefault(name: keyof SpecFields): string[] {
  const words = DEFAULT_WORDS[name];
  return words === undefined ? [] : [words];
}
