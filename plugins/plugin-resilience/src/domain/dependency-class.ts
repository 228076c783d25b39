/** What a company depends on, by kind: within one, suppliers can stand in for each other. */
export const DEPENDENCY_CLASSES = [
  'model provider',
  'compute provider',
  'region',
  'chain RPC',
  'storage',
  'registry',
  'database',
  'DNS',
] as const;

export type DependencyClass = (typeof DEPENDENCY_CLASSES)[number];
