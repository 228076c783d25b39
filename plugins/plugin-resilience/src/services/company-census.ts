import { explainError, withinTime } from '@371os/kernel';
import { mergeCapabilities, type Capability, type ClassCensus } from '../domain/census.ts';
import { SourceTooSlowError } from '../errors/measures.ts';
import type { CensusSource } from '../ports/census-source.ts';

/** What all sources have found. */
export interface Census {
  readonly classes: readonly ClassCensus[];
  readonly capabilities: readonly Capability[];
  /** The sources of the capabilities. */
  readonly source: string;
  /** Of the sources that could not be asked, a sentence each. */
  readonly problems: readonly string[];
}

const WITHIN_MS = 5_000;

/** Asks all sources at once. One that fails leaves its classes unknown, and the others their due. */
export class CompanyCensus {
  readonly #sources: readonly CensusSource[];
  readonly #withinMs: number;

  /** @param withinMs how long a source may take */
  constructor(sources: readonly CensusSource[], withinMs = WITHIN_MS) {
    this.#sources = sources;
    this.#withinMs = withinMs;
  }

  async take(): Promise<Census> {
    const taken = await Promise.all(this.#sources.map((source) => this.#ask(source)));
    const withCapabilities = taken.filter(({ capabilities }) => capabilities.length > 0);
    return {
      classes: taken.flatMap(({ classes }) => classes),
      capabilities: mergeCapabilities(taken.flatMap(({ capabilities }) => capabilities)),
      source: withCapabilities.map(({ name }) => name).join('; ') || 'nothing',
      problems: taken.flatMap(({ problem }) => problem ?? []),
    };
  }

  async #ask(source: CensusSource): Promise<{
    name: string;
    classes: readonly ClassCensus[];
    capabilities: readonly Capability[];
    problem?: string;
  }> {
    const { name, covers } = source;
    try {
      const late = (): Error => new SourceTooSlowError({ name, withinMs: this.#withinMs });
      return { name, ...(await withinTime(source.take(), this.#withinMs, late)) };
    } catch (error) {
      const problem = `Not known from ${name}: ${explainError(error)}`;
      const unknown = { source: name, pools: [], absent: problem };
      const classes = covers.map((dependency) => ({ dependency, ...unknown }));
      return { name, classes, capabilities: [], problem };
    }
  }
}
