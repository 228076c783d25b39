import { hasRole, type Principal } from '@371os/kernel';
import { z } from 'zod';
import { canonicalJson } from '../../domain/letters/canonical-json.ts';

/** Most that one content may take, in bytes of its block. */
export const MOST_BLOCK_BYTES = 1_000_000;

/** What a content was made from. */
export const CONTENT_KINDS = ['document', 'record', 'memory', 'answer'] as const;

/** A text that nodes keep for each other. Its CID is that of all of this, so that nothing of it can be changed. */
export const contentSchema = z.strictObject({
  kind: z.enum(CONTENT_KINDS),
  title: z.string().max(300),
  text: z.string(),
  /** Who may read it: `everyone`, `admin`, or the id of a person of the node that it comes from. */
  audience: z.string().min(1).max(200),
  /** The node that made it. */
  origin: z.string().regex(/^[A-Za-z0-9]{1,100}$/),
  /** When what it was made from was last changed, in milliseconds since 1970. */
  madeAtMs: z.number().int().min(0),
});

export type Content = Readonly<z.output<typeof contentSchema>>;

/** The text whose bytes a content's CID is made from. */
export function blockOf({ kind, title, text, audience, origin, madeAtMs }: Content): string {
  return canonicalJson({ kind, title, text, audience, origin, madeAtMs });
}

/**
 * Whether a person of this node may read a content. A person of another node may have the same id as
 * one of this, and is somebody else.
 */
export function mayRead(
  { audience, origin }: Pick<Content, 'audience' | 'origin'>,
  principal: Principal,
  self: string,
): boolean {
  if (audience === 'everyone') return true;
  if (hasRole(principal, 'admin')) return true;
  return audience !== 'admin' && audience === principal.id && origin === self;
}
