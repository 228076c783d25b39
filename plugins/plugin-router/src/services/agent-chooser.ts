import type { Clock } from '@371os/kernel';
import type { FailingRule } from '../domain/availability.ts';
import { classify, LABELS, type RoutingModel } from '../domain/classify.ts';
import {
  chooseAgent,
  type Candidate,
  type Choice,
  type Circumstances,
  type Department,
} from '../domain/choose-agent.ts';
import type { DirectoryEntry } from '../domain/directory-entry.ts';
import { likenessOf, normaliseVector, type Example } from '../domain/likeness.ts';
import { GivenBackError, NobodyToAskError } from '../errors.ts';
import type { AgentDirectory, Embedder } from '../ports.ts';
import { ExampleIndex } from './example-index.ts';

interface AgentChooserInit {
  readonly embedder: Embedder;
  readonly directory: AgentDirectory;
  readonly failing: FailingRule;
  readonly minimumScore: () => number;
  readonly triageRole: string;
  /** Says whose work it is where nobody has said so. */
  readonly model: RoutingModel;
  readonly clock: Clock;
}

/** What is asked for, and whose work it is. */
export interface Asked {
  readonly text: string;
  /** The classifier is asked when it is not given. */
  readonly department?: Department | undefined;
}

interface Known {
  readonly standing: readonly DirectoryEntry[];
  readonly examples: readonly (readonly Example[])[];
  readonly vector: readonly number[];
}

/** What the requests of one message have in common. */
export interface Common extends Pick<Circumstances, 'answered' | 'isConfidential'> {
  /** Another triage role than that of the company, when somebody here has it. */
  readonly triageRole?: string | undefined;
}

/** Chooses agents for the parts of a request, as they stand now. */
export class AgentChooser {
  readonly #init: AgentChooserInit;
  readonly #examples: ExampleIndex;

  constructor(init: AgentChooserInit) {
    this.#init = init;
    this.#examples = new ExampleIndex(init.embedder);
  }

  /**
   * The parts in order, each with its choice. Each counts what those before it were given.
   * @throws NobodyToAskError, GivenBackError, and what the embedder throws
   */
  async choose<Part extends Asked>(
    parts: readonly Part[],
    common: Common,
  ): Promise<(Part & { choice: Choice })[]> {
    const entries = await this.#init.directory.list();
    const examples = await this.#examples.examplesOf(entries);
    const vectors = await this.#init.embedder.embed(parts.map(({ text }) => text));
    const given = new Map<string, number>();
    const chosen: (Part & { choice: Choice })[] = [];
    for (const [index, part] of parts.entries()) {
      const vector = vectors[index] ?? [];
      const standing = entries.map((entry) => loaded(entry, given.get(entry.name) ?? 0));
      const choice = await this.#chooseOne(part, { standing, examples, vector }, common);
      given.set(choice.agent, (given.get(choice.agent) ?? 0) + 1);
      chosen.push({ ...part, choice });
    }
    return chosen;
  }

  async #chooseOne({ text, department }: Asked, known: Known, common: Common): Promise<Choice> {
    const { clock, failing, minimumScore, triageRole, model } = this.#init;
    const choice = chooseAgent(await this.#candidates(text, known), {
      ...common,
      department: department ?? classify({ text, vector: known.vector }, model),
      failing,
      minimumScore: minimumScore(),
      triageRole: known.standing.find(({ role }) => role === common.triageRole)?.role ?? triageRole,
      labels: LABELS,
      nowMs: clock(),
    });
    if (choice) return choice;
    throw common.answered.length > 0
      ? new GivenBackError({ agents: common.answered })
      : new NobodyToAskError();
  }

  async #candidates(text: string, { standing, examples, vector }: Known): Promise<Candidate[]> {
    const request = normaliseVector(vector);
    const candidates: Candidate[] = [];
    for (const [index, entry] of standing.entries())
      candidates.push({
        entry,
        likeness: likenessOf(request, examples[index] ?? []),
        hasRule: await this.#init.directory.canByRule(entry.name, text),
      });
    return candidates;
  }
}

function loaded(entry: DirectoryEntry, given: number): DirectoryEntry {
  return { ...entry, load: { ...entry.load, open: entry.load.open + given } };
}
