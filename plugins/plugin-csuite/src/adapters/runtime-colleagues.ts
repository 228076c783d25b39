import type { Character, ElizaOS, IAgentRuntime } from '@elizaos/core';
import { z } from 'zod';
import type { Colleagues } from '../ports.ts';

const office = z.object({ role: z.string().min(1) });

/** The agents that run in this process, by what their characters say of their office. */
export class RuntimeColleagues implements Colleagues {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  ownRole(): string | undefined {
    return roleOf(this.#runtime.character);
  }

  nameOf(role: string): string | undefined {
    // Whatever ElizaOS runs in, its own class is behind the narrow type.
    const elizaOS = this.#runtime.elizaOS as ElizaOS | undefined;
    const agents = elizaOS?.getAgents() ?? [this.#runtime];
    return agents.find(({ character }) => roleOf(character) === role)?.character.name;
  }
}

function roleOf({ settings }: Character): string | undefined {
  const parsed = office.safeParse(settings?.['routing']);
  return parsed.success ? parsed.data.role : undefined;
}
