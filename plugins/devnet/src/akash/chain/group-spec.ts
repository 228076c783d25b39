import { GroupSpec, type ResourceUnit } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import { UACT } from './bank.ts';
import { refuse } from './chain-error.ts';
import { fromUnits, parseDecimal, type Atto } from './decimal.ts';

const MIB = 1024n ** 2n;
const TIB = 1024n ** 4n;

// As the chain checks them (go/node/deployment/v1beta4/validation_config.go).
const LIMITS = {
  groups: 20,
  units: 20,
  count: 50n,
  price: fromUnits(10_000_000n),
  cpuMilli: [10n, 384_000n],
  memoryBytes: [MIB, 2n * TIB],
  storageBytes: [5n * MIB, 32n * TIB],
  gpu: [0n, 24n],
} as const;

/** A group's specification as a record keeps it. */
export function packSpec(spec: GroupSpec): string {
  return Buffer.from(GroupSpec.encode(spec).finish()).toString('base64');
}

export function unpackSpec(packed: string): GroupSpec {
  return GroupSpec.decode(Buffer.from(packed, 'base64'));
}

/** The most that an order may cost: the sum of its units' prices. */
export function orderPrice(spec: GroupSpec): Atto {
  return spec.resources.reduce(
    (sum, unit) => sum + parseDecimal(unit.price?.amount ?? '0') * BigInt(unit.count),
    0n,
  );
}

/** The number that a resource value holds, as text in bytes. */
export function resourceValue(value: { val: Uint8Array } | undefined): bigint {
  const text = Buffer.from(value?.val ?? []).toString();
  return /^\d{1,30}$/.test(text) ? BigInt(text) : 0n;
}

/** @throws ChainError (deployment 7, 19, 24, 25) naming the first thing that is wrong. */
export function checkGroups(groups: readonly GroupSpec[]): void {
  if (groups.length === 0) refuse('deployment.invalidGroups');
  if (groups.length > LIMITS.groups) refuse('deployment.invalidGroups', 'too many groups');
  const names = new Set<string>();
  for (const group of groups) {
    if (names.has(group.name)) refuse('deployment.duplicateGroupName', group.name);
    names.add(group.name);
    checkGroup(group);
  }
}

function checkGroup({ name, resources }: GroupSpec): void {
  if (name === '') refuse('deployment.groupSpec', 'empty group spec name denomination');
  if (resources.length === 0 || resources.length > LIMITS.units)
    refuse('deployment.groupSpec', `group ${name}: 1 to ${String(LIMITS.units)} units expected`);
  for (const unit of resources) checkUnit(name, unit);
}

function checkUnit(group: string, { resource, count, price }: ResourceUnit): void {
  if (price?.denom !== UACT)
    refuse('deployment.invalidPrice', `unsupported denomination ${price?.denom ?? ''}`);
  const amount = parseDecimal(price.amount);
  if (amount <= 0n || amount > LIMITS.price)
    refuse('deployment.groupSpec', `group ${group}: invalid unit price ${price.amount}`);
  const check = (what: string, value: bigint, [least, most]: readonly [bigint, bigint]): void => {
    if (value < least || value > most)
      refuse('deployment.groupSpec', `group ${group}: invalid ${what} ${String(value)}`);
  };
  check('unit count', BigInt(count), [1n, LIMITS.count]);
  check('cpu', resourceValue(resource?.cpu?.units), LIMITS.cpuMilli);
  check('memory', resourceValue(resource?.memory?.quantity), LIMITS.memoryBytes);
  check('gpu', resourceValue(resource?.gpu?.units), LIMITS.gpu);
  for (const storage of resource?.storage ?? [])
    check('storage', resourceValue(storage.quantity), LIMITS.storageBytes);
}
