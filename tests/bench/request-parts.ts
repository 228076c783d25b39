/** A request of three parts for three agents, none of which a rule could answer. */
export const REQUEST_PARTS = [
  'Our API returns 502 errors since the last deploy, what should we check?',
  'Write a tagline for the spring campaign.',
  'Which features belong in the next release, and which can wait?',
] as const;
