import type { IAgentRuntime } from '@elizaos/core';

/** A skill in the form of the Agent Skills specification, as an agent offers it to programs. */
export interface OfferedSkill {
  readonly name: string;
  readonly description: string;
  /** The whole of its `SKILL.md`. */
  readonly text: string;
  /** What its prompt takes. */
  readonly takes: readonly {
    readonly name: string;
    readonly description: string;
    readonly isRequired: boolean;
  }[];
  /** Its prompt with the values in their places; those that are left out have their defaults. */
  fill(values: Readonly<Record<string, string>>): string;
}

type SkillShelf = () => Promise<readonly OfferedSkill[]>;

const shelves = new WeakMap<IAgentRuntime, SkillShelf>();

/** Has an agent offer skills, as they are whenever somebody looks. */
export function offerSkills(runtime: IAgentRuntime, shelf: SkillShelf): void {
  shelves.set(runtime, shelf);
}

/** The skills that an agent offers now; none where no plugin has any. */
export async function offeredSkills(runtime: IAgentRuntime): Promise<readonly OfferedSkill[]> {
  return (await shelves.get(runtime)?.()) ?? [];
}
