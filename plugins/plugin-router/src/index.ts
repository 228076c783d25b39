import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { routeTask } from './actions/route-task.ts';
import { commands } from './commands.ts';
import { routingOutcome } from './evaluators/routing-outcome.ts';
import { routing } from './providers/routing.ts';
import { routes } from './routes/index.ts';
import { schema } from './schema.ts';
import { RouterService } from './services/router-service.ts';
import { routerSettings } from './settings.ts';

/** Brings every request to the right agent of the company. */
const routerPlugin: Plugin = {
  name: 'router',
  description: 'Brings each request to the right agent and answers with cost and reason.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-gateway', '@371os/plugin-tasks'],
  services: [RouterService],
  actions: [routeTask],
  providers: [routing],
  evaluators: [routingOutcome],
  routes,
  schema,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('router', routerSettings);
    registerCommands(runtime, commands);
    return Promise.resolve();
  },
};

export default routerPlugin;
export type { AgentProfile, DirectoryEntry } from './domain/directory-entry.ts';
export type { AgentRun, AgentSource, Claims, RoomBriefer, RoomBriefing } from './ports.ts';
export { handOn } from './actions/route-task.ts';
export { RuntimeAgents } from './adapters/runtime-agents.ts';
export { agentClaims } from './services/agent-claims.ts';
export { openWorkforce, type OpenWorkforce } from './workforce-of.ts';
export { loadRoutingModel } from './adapters/routing-model-file.ts';
export { LABELS } from './domain/classify.ts';
export type { Classification, Label, RoutingModel } from './domain/classify.ts';
export type { RequestPart } from './domain/split-request.ts';
export { RequestReader } from './services/request-reader.ts';
export type { ReadPart } from './services/request-reader.ts';
export { UnknownAgentError } from './errors.ts';
export { routerOf } from './router-of.ts';
export type { Decision } from './domain/decision.ts';
export { presentReply, presentTaskFields } from './routes/present-reply.ts';
export { ROUTER_SERVICE, RouterService } from './services/router-service.ts';
export type { Named, Request, RoomLine } from './services/router-service.ts';
export { presentTasks, type Reply } from './domain/reply.ts';
export type { RoutedTask } from './domain/task.ts';
export { routerSettings } from './settings.ts';
