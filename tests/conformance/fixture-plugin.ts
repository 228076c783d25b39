import type { IAgentRuntime, Plugin } from '@elizaos/core';
import {
  AccessTokens,
  McpEndpoint,
  mcpRoutesFor,
  type TokenBook,
} from '@371os/plugin-coordination';
import { systemClock, uuidSource } from '@371os/kernel';
import { TOKEN } from '../coordination/mcp-fixture.ts';
import { makeFixture } from './fixture-server.ts';

/** The conformance suite's diagnostic server behind the very HTTP stack that serves the company. */
export function fixturePlugin(): { plugin: Plugin; close: () => Promise<void> } {
  const endpoints = new Map<IAgentRuntime, McpEndpoint>();
  const endpointOf = async (runtime: IAgentRuntime): Promise<McpEndpoint> => {
    const known = endpoints.get(runtime) ?? openEndpoint();
    endpoints.set(runtime, known);
    return known;
  };
  return {
    plugin: {
      name: 'conformance',
      description: 'Diagnostic tools of the conformance suite.',
      routes: mcpRoutesFor(endpointOf),
    },
    close: async () => {
      for (const endpoint of endpoints.values()) await endpoint.close();
    },
  };
}

// This server has no database, and nobody ends its tokens.
const NONE_ENDED: TokenBook = {
  endOf: () => Promise.resolve(0),
  isEnded: () => Promise.resolve(false),
  end: () => Promise.resolve(),
  endOne: () => Promise.resolve(undefined),
  keep: () => Promise.resolve(),
  list: () => Promise.resolve([]),
};

function openEndpoint(): McpEndpoint {
  const url = 'http://127.0.0.1';
  const common = { newId: uuidSource, clock: systemClock };
  const endpoint: McpEndpoint = new McpEndpoint({
    ...{ ...common, url, mostSessions: 100 },
    tokens: new AccessTokens({ ...common, ownerToken: TOKEN, audience: url, book: NONE_ENDED }),
    limit: () => undefined,
    makeServer: () => makeFixture(() => endpoint.notify),
    maySubscribe: () => undefined,
    onError: () => undefined,
  });
  return endpoint;
}
