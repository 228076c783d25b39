/** Where the output of a shortcut can go. */
export const DESTINATIONS = ['room', 'file', 'github_issue', 'youtrack_issue'] as const;
export type Destination = (typeof DESTINATIONS)[number];

/** Where issues can be opened. */
export type Tracker = Extract<Destination, 'github_issue' | 'youtrack_issue'>;

export function isTracker(destination: Destination): destination is Tracker {
  return destination === 'github_issue' || destination === 'youtrack_issue';
}

/** What to say of a place that there is no more. */
export const SPACE_IS_GONE =
  'JetBrains Space was discontinued on 2025-06-01: use youtrack_issue, github_issue or file instead';

/** A destination by its name, or what is wrong with the name. */
export function readDestination(name: string): Destination | { readonly problem: string } {
  const plain = name.trim().toLowerCase().replaceAll('-', '_');
  if (plain === 'jetbrains_space') return { problem: SPACE_IS_GONE };
  const aliases: Readonly<Record<string, Destination>> = {
    github: 'github_issue',
    youtrack: 'youtrack_issue',
    chat: 'room',
  };
  const found = aliases[plain] ?? DESTINATIONS.find((destination) => destination === plain);
  return found ?? { problem: `one of ${DESTINATIONS.join(', ')} is expected` };
}
