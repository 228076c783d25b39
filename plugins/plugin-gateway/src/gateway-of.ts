import type { IAgentRuntime } from '@elizaos/core';
import { serviceOf } from '@371os/kernel';
import { GatewayNotReadyError } from './errors.ts';
import { GATEWAY_SERVICE, type GatewayService } from './services/gateway-service.ts';

/** @throws GatewayNotReadyError when the agent has no gateway, or it does not come up in time */
export function gatewayOf(runtime: IAgentRuntime): Promise<GatewayService> {
  return serviceOf<GatewayService>(runtime, {
    type: GATEWAY_SERVICE,
    plugin: 'gateway',
    missing: () => new GatewayNotReadyError(),
  });
}
