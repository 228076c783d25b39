import { z } from 'zod';

/** What is signed with the key of a wallet: that another key signs the cards of one address. */
export const CARD_OWNER = '371os-owner';

/** Whose wallet vouches for the key of a card. */
export const cardOwner = z.object({
  /** `eip155:{chainId}:{registry}` */
  registry: z.string().max(200),
  /** The account that has signed, `0x...`. */
  wallet: z.string().max(100),
  signature: z.string().max(2_000),
});
export type CardOwner = z.output<typeof cardOwner>;

/** As EIP-712 has it. */
export interface OwnerStatement {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: string;
  };
  readonly types: Readonly<Record<string, { name: string; type: string }[]>>;
  readonly message: Readonly<Record<string, unknown>>;
}

/**
 * What a wallet signs of a key; it cannot be taken for another registry's or chain's.
 * @param key the thumbprint of the key
 * @param origin of the addresses of the cards, such as `https://a.example`
 */
export function ownerStatement(
  { key, origin }: { key: string; origin: string },
  registry: { readonly chainId: number; readonly address: string },
): OwnerStatement {
  return {
    domain: {
      ...{ name: '371OS agent cards', version: '1' },
      ...{ chainId: registry.chainId, verifyingContract: registry.address },
    },
    types: {
      CardKey: [
        { name: 'key', type: 'string' },
        { name: 'origin', type: 'string' },
      ],
    },
    message: { key, origin },
  };
}
