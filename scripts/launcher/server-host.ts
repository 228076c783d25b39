import { INVALID_SPAN_CONTEXT, trace, type Span, type Tracer } from '@opentelemetry/api';
import sqlPlugin from '@elizaos/plugin-sql';
import type { AgentServer } from '@elizaos/server';
import { environment } from '@371os/kernel';
import { answerBodyError } from './body-error.ts';
import { createHttpGuard } from './http-guard.ts';
import { AgentsNotStartedError } from './errors.ts';
import { damaged, idOf, messageOf } from './headless-host.ts';
import { openChatPath } from './chat-path.ts';
import { openaiPath } from './openai-path.ts';
import { postgresAdapter, withinStopTime, type AgentHost, type HostInit } from './host.ts';
import { speakOnTheWeb } from './web-voice.ts';

/** Starts the agents in ElizaOS's server, with our guard before it. */
export async function startServer(init: HostInit & { url: string }): Promise<AgentHost> {
  const { url, ownerToken } = init;
  const guard = createHttpGuard({ url, ownerToken });
  keepFromTracing();
  // Imported late: it takes its settings from the environment while it is being imported.
  const { AgentServer } = await import('@elizaos/server');
  init.onProgress(`Starting ${String(init.characters.length)} agents`);
  const server = withoutSignalHandlers(() => new AgentServer());
  try {
    await server.start({
      port: Number(new URL(url).port),
      dataDir: init.pgliteDirectory,
      ...(init.postgresUrl ? { postgresUrl: init.postgresUrl } : {}),
      middlewares: [guard.middleware, openaiPath] as never[],
    });
    await init.onDatabase(server.database);
    await init.networks;
    await startAgentsOf(server, init);
  } catch (error) {
    // Without ElizaOS the database did not open; with it, an agent failed.
    throw server.elizaOS
      ? new AgentsNotStartedError({ problem: messageOf(error), cause: error })
      : damaged(init, error);
  }
  server.app.use(answerBodyError);
  const agents = server.getAllAgents();
  openChatPath({ server: server.server, guard: guard.middleware, agents });
  for (const agent of agents) speakOnTheWeb(agent, { url, ownerToken });
  return {
    agents,
    loginLink: () => guard.loginLink(),
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

// As the server's own `startAgents` does it, which takes no adapter.
async function startAgentsOf(server: AgentServer, init: HostInit): Promise<void> {
  const { elizaOS } = server;
  if (!elizaOS) return;
  const ids = await elizaOS.addAgents(
    init.characters.map((character) => ({
      character: { ...character },
      plugins: [...(character.plugins ?? []), sqlPlugin],
      ...postgresAdapter(init, idOf(character)),
    })),
  );
  await elizaOS.startAgents(ids);
  for (const agent of elizaOS.getAgents()) await server.registerAgent(agent);
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
