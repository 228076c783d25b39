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
  for (const modelType of SERVED_TYPES) {
    const provider = handlersOf(runtime, modelType)[0];
    if (provider !== undefined && provider !== GATEWAY_PLUGIN) return { modelType, provider };
  }
  return undefined;
}

/** A call of a kind that the gateway does not answer, and who would. */
export interface Passing {
  readonly plugin: string;
  readonly modelType: string;
  readonly parameters: unknown;
}

/** Lets a call pass to another plugin, or throws why not. */
type LetPass = (passing: Passing, run: () => Promise<unknown>) => Promise<unknown>;

type UseModel = (modelType: string, parameters: unknown, provider?: string) => Promise<unknown>;

const seated = new WeakSet<IAgentRuntime>();

/**
 * Has every call of an agent pass the gateway. One that names another provider for a served type is
 * answered by the gateway all the same: ElizaOS would pass over every priority. What the gateway does
 * not answer passes its admission on the way to the plugin that does.
 */
export function takeSeat(runtime: IAgentRuntime, letPass: LetPass): void {
  if (seated.has(runtime)) return;
  seated.add(runtime);
  const useModel = runtime.useModel.bind(runtime) as UseModel;
  const seatedUseModel: UseModel = async (modelType, parameters, provider) => {
    if (SERVED_TYPES.includes(modelType)) return useModel(modelType, parameters, GATEWAY_PLUGIN);
    const handlers = handlersOf(runtime, modelType);
    const plugin = handlers.find((name) => name === provider) ?? handlers[0];
    const run = (): Promise<unknown> => useModel(modelType, parameters, plugin);
    // Without a handler ElizaOS says so itself.
    return plugin === undefined ? run() : letPass({ plugin, modelType, parameters }, run);
  };
  runtime.useModel = seatedUseModel as IAgentRuntime['useModel'];
}

/** The plugins that answer a type, in ElizaOS's order. */
function handlersOf(runtime: IAgentRuntime, modelType: string): string[] {
  const { models } = runtime as IAgentRuntime & WithModels;
  return models?.get(modelType)?.map(({ provider }) => provider) ?? [];
}
