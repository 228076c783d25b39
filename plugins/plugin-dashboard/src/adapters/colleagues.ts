import type { ElizaOS, IAgentRuntime, Service } from '@elizaos/core';
import type { PanelData, PanelName } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';

/** A service of this agent, or of a colleague in this process; null where nobody has it. */
export function serviceHere(runtime: IAgentRuntime, type: string): Service | null {
  const others = (runtime.elizaOS as ElizaOS | undefined)?.getAgents() ?? [];
  for (const agent of [runtime, ...others]) {
    const service = agent.getService(type);
    if (service) return service;
  }
  return null;
}

interface PanelInit<Name extends PanelName, Known extends Service> {
  readonly name: Name;
  readonly everyMs: number;
  readonly runtime: IAgentRuntime;
  /** The service that knows, and the package of the plugin that brings it. */
  readonly service: string;
  readonly plugin: string;
  readonly read: (service: Known) => Promise<PanelData[Name]>;
}

/** A panel of what one service knows; it is absent where no agent of this process has that. */
export function panelOf<Name extends PanelName, Known extends Service>(
  init: PanelInit<Name, Known>,
): PanelSource<Name> {
  const { name, everyMs, runtime, service, plugin, read } = init;
  return {
    name,
    everyMs,
    read: async () => {
      const known = serviceHere(runtime, service) as Known | null;
      if (!known) return { state: 'absent', plugin };
      return { state: 'ok', data: await read(known) };
    },
  };
}
