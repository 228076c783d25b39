import type { IAgentRuntime } from '@elizaos/core';
import { GatewayNotReadyError } from './errors.ts';
import { GATEWAY_SERVICE, type GatewayService } from './services/gateway-service.ts';

const WAIT_MS = 30_000;

/** @throws GatewayNotReadyError when the agent has no gateway, or it does not come up in time */
export async function gatewayOf(runtime: IAgentRuntime): Promise<GatewayService> {
  const running = runtime.getService<GatewayService>(GATEWAY_SERVICE);
  if (running) return running;
  if (!runtime.hasService(GATEWAY_SERVICE)) throw new GatewayNotReadyError();
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(() => {
      reject(new GatewayNotReadyError());
    }, WAIT_MS).unref(),
  );
  const started = runtime.getServiceLoadPromise(GATEWAY_SERVICE);
  return (await Promise.race([started, late])) as GatewayService;
}
