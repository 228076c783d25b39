import { dataLength } from 'ethers';

// Small contracts, assembled by hand: what a wallet or a receiver of tokens may do.
const MAGIC_1271 = '1626ba7e';
const MAGIC_721 = '150b7a02';
const REVERT = '60006000fd';

/** PUSH4 magic, SHL 224, MSTORE 0, RETURN `size` bytes. */
function answer(magic: string, size = 0x20): string {
  return `63${magic}60e01b60005260${hex(size, 1)}6000f3`;
}

/** ERC-1271 wallets by what they say of a signature. */
export const WALLETS = {
  /** Accepts the digest that is in its slot 0, and no other. */
  // CALLDATALOAD 4, SLOAD 0, EQ, JUMPI 15, revert, JUMPDEST, answer
  acceptsDigest: `0x60043560005414600f57${REVERT}5b${answer(MAGIC_1271)}`,
  refuses: `0x${answer('ffffffff')}`,
  reverts: `0x${REVERT}`,
  saysTooLittle: `0x${answer(MAGIC_1271, 4)}`,
  /** Says yes, but wants to write while it is asked. */
  writes: `0x6001600055${answer(MAGIC_1271)}`,
} as const;

/** Takes every token. */
export const RECEIVER = `0x${answer(MAGIC_721)}`;
/** Says nothing that a receiver would. */
export const NO_RECEIVER = `0x${answer('ffffffff')}`;

/**
 * Takes every token; when it gets the one of that id, it first calls `target` with `data`.
 * @param id below 256
 */
export function callingReceiver(id: number, target: string, data: string): string {
  const size = hex(dataLength(data), 2);
  // Offsets count from the beginning of the code.
  const skip = `60443560${hex(id, 1)}1415`;
  const copy = (offset: number): string => `61${size}61${hex(offset, 2)}600039`;
  const call = `6000600061${size}60006000` + `73${target.slice(2)}` + '5af115';
  const head = (end: number, failed: number, payload: number): string =>
    `${skip}61${hex(end, 2)}57${copy(payload)}${call}61${hex(failed, 2)}57`;
  const headSize = head(0, 0, 0).length / 2;
  const tail = `5b${answer(MAGIC_721)}`;
  const failed = headSize + tail.length / 2;
  const payload = failed + `5b${REVERT}`.length / 2;
  return `0x${head(headSize, failed, payload)}${tail}5b${REVERT}${data.slice(2)}`;
}

function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(bytes * 2, '0');
}
