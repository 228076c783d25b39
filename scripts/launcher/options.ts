import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';

/** Which agents a process starts, as the command line says it. */
export interface AgentOptions {
  /** All that fit when it is not given. */
  readonly agents: readonly string[] | undefined;
  /** A folder of character files in place of CHARACTERS_DIR. */
  readonly characters: string | undefined;
  readonly isStandby: boolean;
}

/** @throws UsageError that ends with `usage` */
export function readAgentOptions(usage: string): AgentOptions {
  try {
    const { values } = parseArgs({
      options: {
        agents: { type: 'string' },
        characters: { type: 'string' },
        standby: { type: 'boolean', default: false },
      },
    });
    const agents = values.agents
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    return { agents, characters: values.characters, isStandby: values.standby };
  } catch (error) {
    throw new UsageError({ problem: error instanceof Error ? error.message : '', usage });
  }
}
