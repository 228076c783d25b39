import type { PicoUsd, Role } from '@371os/kernel';

export type ApprovalState = 'pending' | 'granted' | 'declined' | 'expired' | 'used';

/** Something that waits for a person's word, or had it. */
export interface Approval {
  /** Eight characters that can be typed and not be guessed. */
  readonly id: string;
  /** Which executor carries the plan out. */
  readonly kind: string;
  /** SHA-256 of the plan's canonical JSON, in hex. */
  readonly digest: string;
  readonly plan: unknown;
  /** What is approved, in words. */
  readonly summary: string;
  readonly amountPico: PicoUsd;
  readonly minimumRole: Role;
  /** The id of the principal who asked for it. */
  readonly requester: string;
  readonly room: string | undefined;
  /** The message that made the request, and can therefore not decide it. */
  readonly message: string | undefined;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly state: ApprovalState;
  readonly decidedBy: string | undefined;
}

// Crockford's base 32: nothing that is mistaken for something else when typed. The second and the
// fifth are always digits, which no English word has there.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DIGIT_PLACES = new Set([1, 4]);
const ID_LENGTH = 8;

/** An approval's id, such as K7QP2M3A, from at least 8 random bytes: 36 bits. */
export function approvalId(random: Uint8Array): string {
  return Array.from(random.subarray(0, ID_LENGTH), (byte, place) =>
    ALPHABET.charAt(byte % (DIGIT_PLACES.has(place) ? 10 : ALPHABET.length)),
  ).join('');
}

/** An id as somebody typed it, or undefined: `k7qp-2m3o` means K7QP2M30. */
export function readApprovalId(text: string): string | undefined {
  const typed = text.trim().toUpperCase().replaceAll('-', '');
  if (!/\d/.test(typed)) return undefined;
  const meant = typed.replaceAll('O', '0').replace(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]\d[0-9A-HJKMNP-TV-Z]{2}\d[0-9A-HJKMNP-TV-Z]{3}$/.test(meant)
    ? meant
    : undefined;
}
