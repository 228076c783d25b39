import { requireScopes, type McpServer } from '@modelcontextprotocol/server';
import { memorySkillFiles, SkillsExtension } from '@modelcontextprotocol/server/ext/skills';
import type { OfferedSkill } from '@371os/kernel';
import { z } from 'zod';
import { Offers, type Counter } from './offers.ts';
import { saying } from './prompts.ts';

export interface SkillShelfInit {
  readonly list: () => Promise<readonly OfferedSkill[]>;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsedMs: () => number;
  readonly onError: (error: unknown) => void;
}

interface Shelf {
  readonly version: string;
  readonly offer: (server: McpServer) => void;
}

const LOOK_MS = 2_000;
const EMPTY: Shelf = { version: '', offer: () => undefined };

/**
 * Offers the skills of an agent: each as a skill, and as a prompt that people pick from a menu. A server
 * lives for one request, so what is offered is made once, and anew when a file has become another one.
 */
export class SkillShelf {
  readonly #init: SkillShelfInit;
  #shelf = EMPTY;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(init: SkillShelfInit) {
    this.#init = init;
  }

  /** Offers them as they are now. What cannot be read keeps nobody from the rest of the server. */
  async offerOn(server: McpServer): Promise<void> {
    const { elapsedMs, onError } = this.#init;
    if (elapsedMs() - this.#lookedAtMs >= LOOK_MS) {
      this.#lookedAtMs = elapsedMs();
      await this.#look().catch(onError);
    }
    this.#shelf.offer(server);
  }

  async #look(): Promise<void> {
    const skills = await this.#init.list();
    const files = Object.fromEntries(skills.map(({ name, text }) => [`${name}/SKILL.md`, text]));
    const version = JSON.stringify(files);
    if (version === this.#shelf.version) return;
    const onWarning = this.#init.onError;
    const catalogue = await SkillsExtension.load(memorySkillFiles(files), { onWarning });
    const prompts = new Offers((counter) => {
      for (const skill of skills) offerPrompt(counter, skill);
    });
    const offer = (server: McpServer): void => {
      if (skills.length > 0) catalogue.attach(server);
      prompts.on(server);
    };
    this.#shelf = { version, offer };
  }
}

const LONGEST_VALUE = 16_384;

function offerPrompt(server: Counter, skill: OfferedSkill): void {
  const { name, description, takes } = skill;
  const shape = takes.map((argument) => {
    const value = z.string().max(LONGEST_VALUE).describe(argument.description);
    return [argument.name, argument.isRequired ? value.min(1) : value.optional()] as const;
  });
  server.registerPrompt(
    name,
    {
      description,
      argsSchema: z.object(Object.fromEntries(shape)),
      scopeChallenge: requireScopes('agents:run'),
    },
    (values) => saying(skill.fill(given(values))),
  );
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
