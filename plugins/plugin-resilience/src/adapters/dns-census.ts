import { getServers } from 'node:dns';
import type { CensusPart } from '../domain/census.ts';
import type { CensusSource } from '../ports/census-source.ts';

/** The resolvers of this machine: the first one answers, the others when it does not. */
export class DnsCensus implements CensusSource {
  readonly name = 'the resolvers of this machine';
  readonly covers = ['DNS'] as const;
  readonly #resolvers: () => readonly string[];

  constructor(resolvers: () => readonly string[] = getServers) {
    this.#resolvers = resolvers;
  }

  async take(): Promise<CensusPart> {
    const [first, ...others] = this.#resolvers();
    const suppliers = first === undefined ? [] : [{ name: first, weight: 1 }];
    const absent = 'This machine has no resolver.';
    const pools = [{ name: 'names', suppliers }];
    const source = 'resolvers in the order in which they are asked';
    return {
      classes: [{ dependency: 'DNS', source, pools, couldUse: others, absent }],
      capabilities: [],
    };
  }
}
