import type { IAgentRuntime, Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { routeTask } from './actions/route-task.ts';
import { shortId } from '@371os/plugin-tasks';
import { describeAgent } from './domain/availability.ts';
import { explainDecision, quote } from './domain/decision.ts';
import { routingOutcome } from './evaluators/routing-outcome.ts';
import { routing } from './providers/routing.ts';
import { routerOf } from './router-of.ts';
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
    registerRouterCommands(runtime);
    return Promise.resolve();
  },
};

export default routerPlugin;
export type { AgentProfile, DirectoryEntry } from './domain/directory-entry.ts';
export type { AgentRun, AgentSource, Claims } from './ports.ts';
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
export { presentReply, presentTaskFields } from './routes/present-reply.ts';
export { ROUTER_SERVICE, RouterService } from './services/router-service.ts';
export type { Request, RoomLine } from './services/router-service.ts';
export type { Reply } from './domain/reply.ts';
export type { RoutedTask } from './domain/task.ts';
export { routerSettings } from './settings.ts';

function registerRouterCommands(runtime: IAgentRuntime): void {
  registerCommands(runtime, [
    {
      name: 'agents',
      usage: '/agents',
      summary: 'lists who works here, and how busy each is',
      minimumRole: 'guest',
      run: async () => {
        const router = await routerOf(runtime);
        return (await router.listAgents()).map(describeAgent).join('\n');
      },
    },
    {
      name: 'why',
      usage: '/why',
      summary: 'tells why your last request went where it went, and what it cost',
      minimumRole: 'guest',
      run: async ({ principal }) => {
        const router = await routerOf(runtime);
        const [last] = await router.lastDecisions({ requesterId: principal.id }, 1);
        return last ? explainDecision(last) : 'Nothing has been handed on for you yet.';
      },
    },
    {
      name: 'tasks',
      usage: '/tasks',
      summary: 'lists your newest tasks and what became of them',
      minimumRole: 'guest',
      run: async ({ principal }) => {
        const router = await routerOf(runtime);
        const tasks = await router.listTasks(principal);
        if (tasks.length === 0) return 'There are no tasks yet.';
        return tasks
          .map((task) => `${shortId(task.id)} · ${task.state} · ${task.agent} · ${quote(task)}`)
          .join('\n');
      },
    },
  ]);
}
