import { currentConversation } from '@371os/kernel';
import { GarbageOutcomeError } from '@371os/plugin-tasks';
import { z } from 'zod';
import { entryOf, type AgentProfile, type DirectoryEntry } from '../domain/directory-entry.ts';
import { ElsewhereError, UnknownAgentError } from '../errors.ts';
import type { AgentDirectory, AgentRun, AgentSource, Claims, TaskQueue } from '../ports.ts';

const saidBy = z.array(z.string());

/** The agents of this process and all that join, with how they stand by the tasks they were given. */
export class CompanyDirectory implements AgentDirectory {
  readonly #records: Pick<TaskQueue, 'records'>;
  readonly #sources = new Map<AgentSource, () => void>();
  readonly #listeners = new Set<() => void>();
  /** How often each agent was given a rest that has not ended. */
  readonly #resting = new Map<string, number>();
  readonly #claims: Claims;
  readonly #stopHeeding: () => void;

  /** @param claims which agents of this process count */
  constructor(records: Pick<TaskQueue, 'records'>, claims: Claims) {
    this.#records = records;
    this.#claims = claims;
    this.#stopHeeding = claims.onChange(() => {
      this.#announce();
    });
  }

  /**
   * Takes the agents of a source into the directory, until the returned function is called. Requests
   * can go to them at once.
   */
  join(source: AgentSource): () => void {
    const stopListening = source.onChange?.(() => {
      this.#announce();
    });
    this.#sources.set(source, stopListening ?? (() => undefined));
    this.#announce();
    return () => {
      this.#sources.get(source)?.();
      if (this.#sources.delete(source)) this.#announce();
    };
  }

  /**
   * Gives an agent of this process nothing more to do, until the returned function is called. What
   * comes for it meanwhile waits in its queue.
   */
  rest(agent: string): () => void {
    this.#changeRests(agent, 1);
    let hasEnded = false;
    return () => {
      if (!hasEnded) this.#changeRests(agent, -1);
      hasEnded = true;
    };
  }

  /** Lets every source go. */
  close(): void {
    this.#stopHeeding();
    this.#listeners.clear();
    for (const stopListening of this.#sources.values()) stopListening();
    this.#sources.clear();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  profiles(): AgentProfile[] {
    return [...this.#known().values()].map(({ profile }) => {
      const isResting = (this.#resting.get(profile.name) ?? 0) > 0;
      return isResting ? { ...profile, isThere: false } : profile;
    });
  }

  async list(): Promise<DirectoryEntry[]> {
    const profiles = this.profiles();
    const records = await this.#records.records(profiles.map(({ name }) => name));
    return profiles.map((profile, index) => {
      const nothing = { open: 0, completed: 0, costPico: 0n, failuresInARow: 0 };
      return entryOf(profile, records[index] ?? nothing);
    });
  }

  async canByRule(agent: string, text: string): Promise<boolean> {
    const source = this.#known().get(agent)?.source;
    return (await source?.canByRule?.(agent, text)) ?? false;
  }

  async run(run: AgentRun): Promise<string[]> {
    const known = this.#known();
    const found = known.get(run.agent);
    if (!found) throw new UnknownAgentError({ agent: run.agent, known: [...known.keys()] });
    if (currentConversation()?.isConfidential === true && !found.profile.isLocal)
      throw new ElsewhereError({ agent: run.agent });
    const answers = saidBy.safeParse(await found.source.deliver(run));
    if (answers.success) return answers.data;
    throw new GarbageOutcomeError({ agent: run.agent, problem: 'texts are expected' });
  }

  #known(): Map<string, { profile: AgentProfile; source: AgentSource }> {
    const known = new Map<string, { profile: AgentProfile; source: AgentSource }>();
    for (const source of this.#sources.keys())
      for (const profile of source.list())
        if (!known.has(profile.name) && this.#mayCount(profile))
          known.set(profile.name, { profile, source });
    return known;
  }

  #changeRests(agent: string, change: number): void {
    this.#resting.set(agent, (this.#resting.get(agent) ?? 0) + change);
    this.#announce();
  }

  // Those of other processes and places are not this one's to claim.
  #mayCount({ name, isElsewhere, isLocal }: AgentProfile): boolean {
    return isElsewhere === true || !isLocal || this.#claims.holds(name);
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}
