import type {
  PageRequest,
  PageResponse,
} from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { PageResponse as PageResponseCodec } from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';

/** How many records an answer has when nobody asks for a number, as on the real chain. */
const DEFAULT_LIMIT = 100;

/** One page of a list. The key of the next is the number of its first record, as text. */
export function pageOf<Item>(
  items: readonly Item[],
  request: PageRequest | undefined,
): { page: Item[]; pagination: PageResponse } {
  const ordered = request?.reverse ? [...items].reverse() : items;
  const key = Buffer.from(request?.key ?? []).toString();
  const begin = key === '' ? numberOf(request?.offset) : Number(key);
  const end = begin + (numberOf(request?.limit) || DEFAULT_LIMIT);
  return {
    page: ordered.slice(begin, end),
    pagination: PageResponseCodec.fromPartial({
      nextKey: end < ordered.length ? Buffer.from(String(end)) : new Uint8Array(),
      total: key === '' ? ordered.length : 0,
    }),
  };
}

function numberOf(long: { toString(): string } | undefined): number {
  return Number(String(long ?? 0));
}
