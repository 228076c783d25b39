import { z } from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';

/** Text to its SHA-256, in 64 hexadecimal digits. */
export type TextHash = (text: string) => string;

const node = z.string().regex(/^[A-Za-z0-9]{1,100}$/);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const json: z.ZodType<Json> = z.json();

/** What comes before the first letter. */
export const NO_HASH = '0'.repeat(64);

/** What one node tells another, once, in its place. */
export const letterSchema = z.strictObject({
  id: z.string().regex(/^[\w:.-]{1,120}$/),
  sender: node,
  receiver: node,
  /** 1, 2, 3 ... for each receiver. */
  number: count.min(1),
  kind: z.string().regex(/^[a-z-]{1,40}$/),
  body: json,
  /** See {@link SentLetters}. */
  sent: z.record(node, z.record(node, count)),
  /** The hash of the letter before it. */
  previous: hash,
  madeAtMs: count,
  hash,
});

export type Letter = Readonly<z.output<typeof letterSchema>>;

/** A letter with its hash, over everything else in it. */
export function sealLetter(letter: Omit<Letter, 'hash'>, sha256: TextHash): Letter {
  return { ...letter, hash: hashOf(letter, sha256) };
}

/** Whether a letter is as it was when it was sealed. */
export function isIntact(letter: Letter, sha256: TextHash): boolean {
  return hashOf(letter, sha256) === letter.hash;
}

function hashOf(letter: Omit<Letter, 'hash'>, sha256: TextHash): string {
  const { id, sender, receiver, number, kind, body, sent, previous, madeAtMs } = letter;
  return sha256(
    canonicalJson({ id, sender, receiver, number, kind, body, sent, previous, madeAtMs }),
  );
}

const answering = z.object({ to: z.string() });

/** The id of the letter that a letter answers, when it says so. */
export function answeredBy({ kind, body }: Pick<Letter, 'kind' | 'body'>): string | undefined {
  return kind === 'answer' ? answering.safeParse(body).data?.to : undefined;
}
