import type { PlacementRequirements } from '@akashnetwork/chain-sdk/private-types/akash.v1';
import type { Attribute, AuditRecord, ProviderRecord } from './provider-registry.ts';

/**
 * Whether a provider has every attribute that an order asks for, each vouched for by every auditor
 * of `allOf` and by one of `anyOf`, where auditors are named.
 */
export function meetsRequirements(
  { attributes = [], signedBy }: Partial<PlacementRequirements>,
  provider: ProviderRecord,
  audits: readonly AuditRecord[],
): boolean {
  const isVouchedBy = (auditor: string): boolean =>
    audits.some((audit) => audit.auditor === auditor && includesAll(audit.attributes, attributes));
  const { allOf = [], anyOf = [] } = signedBy ?? {};
  return (
    includesAll(provider.attributes, attributes) &&
    allOf.every(isVouchedBy) &&
    (anyOf.length === 0 || anyOf.some(isVouchedBy))
  );
}

function includesAll(has: readonly Attribute[], wanted: readonly Attribute[]): boolean {
  return wanted.every(({ key, value }) =>
    has.some((attribute) => attribute.key === key && attribute.value === value),
  );
}
