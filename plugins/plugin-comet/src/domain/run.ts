import type { Role } from '@371os/kernel';
import { z } from 'zod';
import { DESTINATIONS } from './destination.ts';

/** What one run of a shortcut is to do, as JSON. */
export const runOrder = z.object({
  prompt: z.string(),
  /** The office that does it; the router chooses when there is none. */
  office: z.string().optional(),
  format: z.enum(['markdown', 'workflow_diagram']),
  sections: z.array(z.string()),
  destination: z.enum(DESTINATIONS),
  fileName: z.string().optional(),
  /** The first of its arguments, for names and titles. */
  subject: z.string(),
});

export type RunOrder = z.output<typeof runOrder>;

/** A run of a shortcut. */
export interface Run {
  readonly id: string;
  readonly shortcut: string;
  readonly order: RunOrder;
  readonly requester: { readonly id: string; readonly role: Role };
  readonly roomId: string;
  readonly isConfidential: boolean;
  readonly taskId: string;
  readonly attempt: number;
  readonly problems: readonly string[];
  readonly state: 'working' | 'delivering' | 'done' | 'failed';
  readonly output: string;
  /** Milliseconds since 1970. */
  readonly askedAtMs: number;
}
