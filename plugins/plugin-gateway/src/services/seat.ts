import { ModelType, type IAgentRuntime } from '@elizaos/core';

export const GATEWAY_PLUGIN = 'gateway';
export const GATEWAY_PRIORITY = 1000;

/** The model types that the gateway answers. */
export const SERVED_TYPES: readonly string[] = [
  ModelType.TEXT_SMALL,
  ModelType.TEXT_LARGE,
  ModelType.TEXT_REASONING_SMALL,
  ModelType.TEXT_REASONING_LARGE,
  ModelType.TEXT_COMPLETION,
  ModelType.OBJECT_SMALL,
  ModelType.OBJECT_LARGE,
  ModelType.TEXT_EMBEDDING,
];

/** `AgentRuntime` has this in public; `IAgentRuntime` does not say so. */
interface WithModels {
  readonly models?: Map<string, readonly { readonly provider: string }[]>;
}

/** The first served type that another plugin answers before the gateway. */
export function handlerAbove(
  runtime: IAgentRuntime,
): { modelType: string; provider: string } | undefined {
  const models = (runtime as IAgentRuntime & WithModels).models;
  for (const modelType of SERVED_TYPES) {
    const provider = models?.get(modelType)?.[0]?.provider;
    if (provider !== undefined && provider !== GATEWAY_PLUGIN) return { modelType, provider };
  }
  return undefined;
}

const seated = new WeakSet<IAgentRuntime>();

/**
 * Sends calls that name another provider for a served type to the gateway all the same: ElizaOS
 * would pass over every priority, and the call would be paid for past the budget.
 */
export function takeSeat(runtime: IAgentRuntime): void {
  if (seated.has(runtime)) return;
  seated.add(runtime);
  const useModel = runtime.useModel.bind(runtime) as (
    modelType: string,
    parameters: unknown,
    provider?: string,
  ) => Promise<unknown>;
  const seatedUseModel: typeof useModel = (modelType, parameters, provider) =>
    useModel(modelType, parameters, SERVED_TYPES.includes(modelType) ? GATEWAY_PLUGIN : provider);
  runtime.useModel = seatedUseModel as IAgentRuntime['useModel'];
}
