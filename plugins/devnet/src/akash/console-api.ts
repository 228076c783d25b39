import { createServer, type Server } from 'node:http';
import type { ChainState } from './chain/chain-state.ts';
import type { ProviderProfile } from './provider/provider-profile.ts';

/**
 * What an indexer knows of providers and no chain does, in the form of Akash Console's public API:
 * `GET /v1/providers` and `GET /v1/providers/{owner}`.
 */
export function consoleApi(
  state: ChainState,
  profiles: ReadonlyMap<string, ProviderProfile>,
): Server {
  return createServer((request, response) => {
    const [, owner] = /^\/v1\/providers(?:\/(\w+))?$/.exec(request.url ?? '') ?? [undefined, '-'];
    const known = [...profiles].map(([address, profile]) => present(state, address, profile));
    const answer = owner ? known.find((provider) => provider.owner === owner) : known;
    response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'NotFoundError', message: 'Not found' }));
  });
}

interface ConsoleProvider {
  readonly owner: string;
  readonly [field: string]: unknown;
}

function present(state: ChainState, owner: string, profile: ProviderProfile): ConsoleProvider {
  const { name, region, country, isAudited, uptime } = profile;
  const { hostUri = '', attributes = [] } = state.providers.find(owner) ?? {};
  const isLeased = ({ provider, state: its }: { provider: string; state: string }): boolean =>
    provider === owner && its === 'active';
  return {
    ...{ owner, name, hostUri, attributes, isAudited, isOnline: true, isValidVersion: true },
    ...{ ipRegion: region, ipCountryCode: country, uptime1d: uptime.day, uptime7d: uptime.week },
    ...{ uptime30d: uptime.month, leaseCount: state.market.leases().filter(isLeased).length },
  };
}
