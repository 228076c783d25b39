import type { IAgentRuntime, Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { gatewayOf } from './gateway-of.ts';
import { models } from './models.ts';
import { presentModels } from './present-models.ts';
import { routes } from './routes/index.ts';
import * as schema from './schema.ts';
import { GatewayService } from './services/gateway-service.ts';
import { traceMessages } from './services/trace-messages.ts';
import { GATEWAY_PLUGIN, GATEWAY_PRIORITY, takeSeat } from './services/seat.ts';
import { gatewaySettings } from './settings.ts';

/** Answers every model call of an agent, inside its budget and its privacy. */
const gatewayPlugin: Plugin = {
  name: GATEWAY_PLUGIN,
  description: 'Every model call: chosen by policy, priced, reserved, settled.',
  priority: GATEWAY_PRIORITY,
  dependencies: ['@371os/plugin-treasury'],
  services: [GatewayService],
  models,
  routes,
  schema,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('gateway', gatewaySettings);
    takeSeat(runtime, async (passing, run) => (await gatewayOf(runtime)).letPass(passing, run));
    traceMessages(runtime);
    registerGatewayCommands(runtime);
    return Promise.resolve();
  },
};

export default gatewayPlugin;
export { acquireEmbedder, releaseEmbedder } from './adapters/shared-embedder.ts';
export type {
  ChatMessage,
  ContentPart,
  FinishReason,
  JsonFormat,
  JsonObject,
  Tool,
  ToolCall,
  ToolChoice,
} from './domain/chat.ts';
export type { AnswerPiece, ModelAnswer, ModelCall, Sampling } from './domain/model-call.ts';
export {
  AnswerNotJsonError,
  EmbeddingFailedError,
  GatewayNotOnTopError,
  GatewayNotReadyError,
  InvalidCatalogueError,
  LanguageModelNeededError,
  MissingPromptError,
  ModelCallAbortedError,
  ModelCallError,
  ModelNotAllowedError,
  ModelsElsewhereError,
  NoModelAnsweredError,
  UnknownModelError,
} from './errors.ts';
export { gatewayOf } from './gateway-of.ts';
export { GATEWAY_SERVICE, GatewayService } from './services/gateway-service.ts';
export { sharedDisturbances } from './services/shared-disturbances.ts';
export type { ModelDescription, ModelPlace, ModelsDescription } from './services/model-registry.ts';
export { gatewaySettings } from './settings.ts';

function registerGatewayCommands(runtime: IAgentRuntime): void {
  registerCommands(runtime, [
    {
      name: 'models',
      usage: '/models',
      summary: 'lists the language models and what each is used for',
      minimumRole: 'admin',
      run: async () => {
        const gateway = await gatewayOf(runtime);
        return presentModels(gateway.models(), gateway.restingModels());
      },
    },
  ]);
}
