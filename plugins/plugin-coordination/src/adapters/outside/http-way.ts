import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { GuardedFetch } from '@371os/plugin-registry';
import type { OutsideWay } from './outside-server.ts';

export interface HttpWayInit {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the operator has named this host, so that it need not be in the public internet. */
  readonly isPrivateAllowed: boolean;
  readonly mostBytes: number;
}

/** A server over HTTP, for one call: at a public address, without redirects, and with bounded answers. */
export function httpWay({ url, ...limits }: HttpWayInit): OutsideWay {
  const over = new AbortController();
  const guard = new GuardedFetch({ ...limits, isLoopbackAllowed: false, signal: over.signal });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch: guard.fetch,
    reconnectionOptions: NO_RECONNECTION,
  });
  return {
    transport,
    failure: () => guard.failure,
    end: () => {
      over.abort();
    },
  };
}

const NO_RECONNECTION = {
  maxRetries: 0,
  initialReconnectionDelay: 1,
  maxReconnectionDelay: 1,
  reconnectionDelayGrowFactor: 1,
};
