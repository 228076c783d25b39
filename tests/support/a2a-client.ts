import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
  type Client,
} from '@a2a-js/sdk/client';

interface ClientInit {
  /** Of the card, or of the host that serves it at its well-known path. */
  readonly url: string;
  /** Added to whatever it sends. */
  readonly headers: Readonly<Record<string, string>>;
  readonly transport?: 'JSONRPC' | 'HTTP+JSON';
}

/** The kit's own client of an agent, with nothing but headers added. Cards are for everybody. */
export async function a2aClient({
  url,
  headers: added,
  transport = 'JSONRPC',
}: ClientInit): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(added)) headers.set(name, value);
    return fetch(input, { ...init, headers });
  };
  const Kind = transport === 'JSONRPC' ? JsonRpcTransportFactory : RestTransportFactory;
  const factory = new ClientFactory({
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the kit exports no such class
    transports: [new Kind({ fetchImpl })],
    cardResolver: new DefaultAgentCardResolver(),
  });
  return url.endsWith('.json') ? factory.createFromUrl(url, '') : factory.createFromUrl(url);
}
