import type { IAgentRuntime, Service, ServiceTypeName } from '@elizaos/core';
import { withinTime } from './within-time.ts';

const WAIT_MS = 30_000;

/**
 * A service of one of an agent's plugins, waited for while the agent starts.
 * @param wanted the service's type, the name of the plugin that brings it, and the error to throw
 *   when the plugin is not there or the service does not come up within 30 s
 */
export async function serviceOf<Wanted extends Service>(
  runtime: IAgentRuntime,
  wanted: { type: ServiceTypeName; plugin: string; missing: () => Error },
): Promise<Wanted> {
  const running = runtime.getService<Wanted>(wanted.type);
  if (running) return running;
  // ElizaOS would wait for ever for a service that no plugin brings.
  if (!runtime.plugins.some(({ name }) => name === wanted.plugin)) throw wanted.missing();
  const started = runtime.getServiceLoadPromise(wanted.type) as Promise<Wanted>;
  return withinTime(started, WAIT_MS, wanted.missing);
}
