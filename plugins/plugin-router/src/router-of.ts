import type { IAgentRuntime } from '@elizaos/core';
import { serviceOf } from '@371os/kernel';
import { RouterNotReadyError } from './errors.ts';
import { ROUTER_SERVICE, type RouterService } from './services/router-service.ts';

/** @throws RouterNotReadyError when the agent has no router, or it does not come up in time */
export function routerOf(runtime: IAgentRuntime): Promise<RouterService> {
  return serviceOf<RouterService>(runtime, {
    type: ROUTER_SERVICE,
    plugin: 'router',
    missing: () => new RouterNotReadyError(),
  });
}
