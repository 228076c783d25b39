import { z } from 'zod';

/** What is approved when an issue is to be opened. */
export const issuePlan = z.object({
  tracker: z.enum(['github_issue', 'youtrack_issue']),
  /** Such as `GitHub acme/site`. */
  place: z.string(),
  title: z.string(),
  body: z.string(),
});

export type IssuePlan = z.output<typeof issuePlan>;

const LONGEST_TITLE = 120;

/** The title of the issue for an output: the first heading, or what it is about. */
export function titleOf(shortcut: string, subject: string, output: string): string {
  const heading = /^#\s+(.+)$/m.exec(output)?.[1];
  const words = (heading ?? `${shortcut}: ${subject}`).replace(/\s+/g, ' ').trim();
  return words.length > LONGEST_TITLE ? `${words.slice(0, LONGEST_TITLE - 1)}…` : words;
}

/** The words by which an issue is found again. */
export function markOf(key: string): string {
  return `371os-${key.slice(0, 24)}`;
}
