/** What a card says of an agent, as far as tasks are chosen by it. */
export interface CardWords {
  readonly name: string;
  readonly skills: readonly {
    readonly name: string;
    readonly description: string;
    readonly examples: readonly string[];
  }[];
}

/** A remote agent's own words, cut to size: a stranger writes them. */
export interface RemoteWords {
  /** `Lingua @ partner.example`, which no agent of this company is called. */
  readonly name: string;
  readonly examples: readonly string[];
  readonly capabilities: readonly string[];
}

const LONGEST_NAME = 40;
const LONGEST_WORDS = 200;
const MOST_WORDS = 24;

export function remoteWords({ name, skills }: CardWords, host: string): RemoteWords {
  const plain = name.replace(/[^\p{L}\p{N} .-]/gu, ' ').replace(/\s+/g, ' ');
  const said = skills.flatMap(({ description, examples, name: own }) => [
    ...(examples.length > 0 ? examples : [description || own]),
  ]);
  return {
    name: `${plain.trim().slice(0, LONGEST_NAME).trim() || 'Somebody'} @ ${host}`,
    examples: cut(said),
    capabilities: cut(skills.map((skill) => skill.name)),
  };
}

function cut(words: readonly string[]): string[] {
  return words
    .map((word) => word.replace(/\s+/g, ' ').trim().slice(0, LONGEST_WORDS))
    .filter((word) => word !== '')
    .slice(0, MOST_WORDS);
}
