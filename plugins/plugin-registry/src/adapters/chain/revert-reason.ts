import type { CallExceptionError } from 'ethers';
import { REGISTRY_ABI } from './registry-abi.ts';

const LONGEST = 200;

/** Why a contract said no, in its own words where it has any. */
export function revertReasonOf({ reason, data, revert }: CallExceptionError): string {
  if (reason) return reason.slice(0, LONGEST);
  const custom = revert ?? (data === null ? null : REGISTRY_ABI.parseError(data));
  if (custom) return `${custom.name}(${custom.args.map(String).join(', ')})`.slice(0, LONGEST);
  return data === null || data === '0x' ? 'without a reason' : data.slice(0, LONGEST);
}
