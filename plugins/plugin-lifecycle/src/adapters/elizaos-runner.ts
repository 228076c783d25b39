import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  validateCharacter,
  type Character,
  type ElizaOS,
  type IAgentRuntime,
  type UUID,
} from '@elizaos/core';
import { processWide } from '@371os/kernel';
import { NoRunnerError } from '../errors/lives.ts';
import type { AgentRunner } from '../ports/agent-runner.ts';

/** How a host of its own starts an agent, such as a server that shows it in a web client, too. */
export interface AgentHost {
  startAgent(character: Character): Promise<void>;
}

function hosts(): { host?: AgentHost } {
  return processWide('agent-host', () => ({}));
}

/** Has agents of this process started by a host; without one ElizaOS starts them by itself. */
export function provideAgentHost(host: AgentHost): void {
  hosts().host = host;
}

// ElizaOS starts an agent without a plugin that it does not find.
function missingPlugin(plugins: readonly string[]): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  const missing = plugins.find((name) => {
    const folders = resolve.paths(name) ?? [];
    return !folders.some((folder) => existsSync(join(folder, name)));
  });
  return missing === undefined
    ? undefined
    : `plugins: ${missing} is not installed here: add it with npm install, and start the company again`;
}

/** Runs agents beside the given one, in the same ElizaOS. */
export class ElizaosRunner implements AgentRunner {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  async start(fields: Readonly<Record<string, unknown>>): Promise<void> {
    const character = fields as unknown as Character;
    const { host } = hosts();
    if (host) return host.startAgent(character);
    const elizaOS = this.#elizaOS();
    const plugins = [...(character.plugins ?? [])];
    const [id] = await elizaOS.addAgents([{ character, plugins }], { isTestMode: true });
    if (id) await elizaOS.startAgents([id]);
  }

  async stop(agentId: string): Promise<void> {
    if (this.isRunning(agentId)) await this.#elizaOS().deleteAgents([agentId as UUID]);
  }

  async restart(agentId: string, between: () => Promise<void>): Promise<void> {
    const running = this.#elizaOS().getAgent(agentId as UUID);
    if (!running) throw new NoRunnerError();
    const { character } = running;
    await this.stop(agentId);
    await between();
    await this.start({ ...character });
  }

  isRunning(agentId: string): boolean {
    return this.#elizaOS()
      .getAgents()
      .some((runtime) => runtime.agentId === agentId);
  }

  problemOf(character: Readonly<Record<string, unknown>>): string | undefined {
    const result = validateCharacter(character);
    if (result.success) return missingPlugin(result.data?.plugins ?? []);
    const { issues = [] } = (result.error ?? {}) as {
      issues?: { path: PropertyKey[]; message: string }[];
    };
    return issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; ');
  }

  // Whatever ElizaOS runs in, its own class is behind the narrow type.
  #elizaOS(): ElizaOS {
    const elizaOS = this.#runtime.elizaOS as ElizaOS | undefined;
    if (!elizaOS) throw new NoRunnerError();
    return elizaOS;
  }
}
