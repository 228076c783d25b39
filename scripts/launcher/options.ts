import { parseArgs } from 'node:util';
import { readClaim } from '@371os/plugin-lifecycle';
import { UsageError } from './errors.ts';

/** Which agents a process starts, as the command line says it. */
export interface AgentOptions {
  /** All that fit when it is not given. */
  readonly agents: readonly string[] | undefined;
  /** A folder of character files in place of CHARACTERS_DIR. */
  readonly characters: string | undefined;
  readonly isStandby: boolean;
  /** Which replica of its one agent the process is; undefined for the agents themselves. */
  readonly replica?: number | undefined;
}

/** @throws UsageError that ends with `usage` */
export function readAgentOptions(usage: string): AgentOptions {
  try {
    const { values } = parseArgs({
      options: {
        agents: { type: 'string' },
        characters: { type: 'string' },
        standby: { type: 'boolean', default: false },
        replica: { type: 'string' },
      },
    });
    if (values.replica !== undefined) return replicaOptions(values.replica, values.characters);
    const agents = values.agents
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    return { agents, characters: values.characters, isStandby: values.standby };
  } catch (error) {
    throw new UsageError({ problem: error instanceof Error ? error.message : '', usage });
  }
}

// `NAME#2`, as the process that scales starts it.
function replicaOptions(claim: string, characters: string | undefined): AgentOptions {
  const { agent, index } = readClaim(claim);
  if (index === 0)
    throw new RangeError('--replica wants an agent and a number, such as "CMO Kai#1"');
  return { agents: [agent], characters, isStandby: false, replica: index };
}
