import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';

const WELL_KNOWN = '/.well-known/agent-card.json';

/** Where an agent's card is: at the address itself, or where the agent that is there serves cards. */
export function cardUrlOf(url: string): string {
  return /\.json$/.test(new URL(url).pathname) ? url : new URL(WELL_KNOWN, url).href;
}

/** Makes clients of agents that speak A2A 1.0, whichever way they offer, all over one fetch. */
export function a2aFactory(fetchImpl: typeof fetch): ClientFactory {
  return new ClientFactory({
    transports: [JsonRpcTransportFactory, RestTransportFactory].map(
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the kit exports no such class
      (Kind) => new Kind({ fetchImpl }),
    ),
    cardResolver: new DefaultAgentCardResolver({ fetchImpl }),
  });
}
