import type { IAgentRuntime } from '@elizaos/core';
import { RouterNotReadyError } from './errors.ts';
import { ROUTER_SERVICE, type RouterService } from './services/router-service.ts';

const WAIT_MS = 30_000;

/** @throws RouterNotReadyError when the agent has no router, or it does not come up in time */
export async function routerOf(runtime: IAgentRuntime): Promise<RouterService> {
  const running = runtime.getService<RouterService>(ROUTER_SERVICE);
  if (running) return running;
  if (!runtime.hasService(ROUTER_SERVICE)) throw new RouterNotReadyError();
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(() => {
      reject(new RouterNotReadyError());
    }, WAIT_MS).unref(),
  );
  return (await Promise.race([
    runtime.getServiceLoadPromise(ROUTER_SERVICE),
    late,
  ])) as RouterService;
}
