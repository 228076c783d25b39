import { INVALID_SPAN_CONTEXT, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { Character, IAgentRuntime } from '@elizaos/core';
import sqlPlugin from '@elizaos/plugin-sql';
import type { AgentServer } from '@elizaos/server';
import {
  agentSettings,
  environment,
  inConversation,
  OWNER,
  startConversation,
} from '@371os/kernel';
import { isServing, mcpSettings } from '@371os/plugin-coordination';
import { provideAgentHost } from '@371os/plugin-lifecycle';
import { answerBodyError } from './body-error.ts';
import { createHttpGuard, createTokenGuard, type Middleware } from './http-guard.ts';
import { AgentsNotStartedError } from './errors.ts';
import { damaged, idOf, messageOf } from './headless-host.ts';
import { chatShortcut } from './chat-path.ts';
import { coordinationPath, mcpShortcut } from './coordination-path.ts';
import { dashboardPath } from './dashboard-path.ts';
import { openaiPath } from './openai-path.ts';
import { RequestGate } from './request-gate.ts';
import { openShortcuts } from './shortcuts.ts';
import { postgresAdapter, withinStopTime, type AgentHost, type HostInit } from './host.ts';
import { speakOnTheWeb } from './web-voice.ts';

interface ServerInit extends HostInit {
  readonly url: string;
  /** Whether programs alone talk to it, under any name; a company is its owner's, on this machine. */
  readonly isForPrograms: boolean;
}

// A message that ElizaOS answers within its request has no source that anybody could vouch for; whoever
// has passed the guard is the owner.
const fromOwner: Middleware = (request, _response, next) => {
  if (request.url?.startsWith('/api/messaging/') !== true) return next();
  return inConversation(startConversation({ principal: OWNER }), next);
};

/** Starts the agents in ElizaOS's server, with our guard before it. */
export async function startServer(init: ServerInit): Promise<AgentHost> {
  const { url, ownerToken } = init;
  // Known once the agents have started.
  let publicUrl: URL | undefined = undefined;
  const guard = init.isForPrograms
    ? { middleware: createTokenGuard({ ownerToken }), loginLink: () => undefined }
    : createHttpGuard({ url, ownerToken, publicUrl: () => publicUrl });
  const gate = new RequestGate();
  const admit: Middleware = (request, response, next) => {
    guard.middleware(request, response, () => {
      gate.middleware(request, response, next);
    });
  };
  keepFromTracing();
  // Imported late: it takes its settings from the environment while it is being imported.
  const { AgentServer } = await import('@elizaos/server');
  init.onProgress(`Starting ${String(init.characters.length)} agents`);
  const server = withoutSignalHandlers(() => new AgentServer());
  const settleIn = (agent: IAgentRuntime): void => {
    speakOnTheWeb(agent, { url, ownerToken });
    init.onAgent(agent);
  };
  try {
    await server.start({
      port: Number(new URL(url).port),
      dataDir: init.pgliteDirectory,
      ...(init.postgresUrl ? { postgresUrl: init.postgresUrl } : {}),
      middlewares: [admit, fromOwner, openaiPath, coordinationPath, dashboardPath] as never[],
    });
    await init.onDatabase(server.database);
    await init.networks;
    provideAgentHost({
      startAgent: async (character) => {
        for (const agent of await startAgents(server, init, [character])) settleIn(agent);
      },
    });
    await startAgents(server, init, init.characters);
  } catch (error) {
    // Without ElizaOS the database did not open; with it, an agent failed.
    throw server.elizaOS
      ? new AgentsNotStartedError({ problem: messageOf(error), cause: error })
      : damaged(init, error);
  }
  server.app.use(answerBodyError);
  const agents = server.getAllAgents();
  publicUrl = publicUrlOf(agents);
  const shortcuts = [chatShortcut, mcpShortcut];
  openShortcuts({ server: server.server, guard: admit, agents, shortcuts });
  for (const agent of agents) settleIn(agent);
  return {
    agents,
    loginLink: () => guard.loginLink(),
    drain: (timeoutMs) => gate.close(timeoutMs),
    stop: async () => {
      server.socketIO.disconnectSockets(true);
      server.server.close();
      server.server.closeAllConnections();
      await withinStopTime(server.elizaOS?.stopAgents() ?? Promise.resolve());
      await withinStopTime(init.onStopped());
      await withinStopTime(server.database.close());
    },
  };
}

// By the setting of the one who serves programs.
function publicUrlOf(agents: readonly IAgentRuntime[]): URL | undefined {
  const serving = agents.find(
    (agent) => isServing(agent) && agent.plugins.some(({ name }) => name === 'coordination'),
  );
  const url = serving && agentSettings(mcpSettings, serving).COORDINATION_URL;
  return url === undefined ? undefined : new URL(url);
}

// As the server's own `startAgents` does it, which takes no adapter.
async function startAgents(
  server: AgentServer,
  init: HostInit,
  characters: readonly Character[],
): Promise<IAgentRuntime[]> {
  const { elizaOS } = server;
  if (!elizaOS) return [];
  const ids = await elizaOS.addAgents(
    characters.map((character) => ({
      character: { ...character },
      plugins: [...(character.plugins ?? []), sqlPlugin],
      ...postgresAdapter(init, idOf(character)),
    })),
  );
  await elizaOS.startAgents(ids);
  const agents = ids.flatMap((id) => elizaOS.getAgent(id) ?? []);
  for (const agent of agents) await server.registerAgent(agent);
  return agents;
}

// ElizaOS's server has Sentry look at every span, for nobody as long as Sentry is off. Who has
// registered a tracer of their own before keeps it.
function keepFromTracing(): void {
  if (environment('SENTRY_DSN') !== 'off') return;
  const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
  const tracer = {
    startSpan: () => span,
    startActiveSpan: (...args: unknown[]) => (args.at(-1) as (active: Span) => unknown)(span),
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer as Tracer });
}

// ElizaOS's server ends the process by itself on a signal, before our agents have stopped cleanly.
function withoutSignalHandlers<Result>(construct: () => Result): Result {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const result = construct();
  signals.forEach((signal, index) => {
    for (const listener of process.listeners(signal))
      if (!before[index]?.includes(listener)) process.removeListener(signal, listener);
  });
  return result;
}
