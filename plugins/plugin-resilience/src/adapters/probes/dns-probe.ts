import { Resolver } from 'node:dns/promises';
import { NoAnswerError } from '../../errors/mode.ts';
import type { Probe } from '../../ports/probe.ts';

/**
 * The domain name system, asked for a domain, and for a name below it that nobody has asked for yet. For
 * the domain itself a cache of this network answers long after the internet is gone; and a server that
 * knows nothing may say of every name that there is none.
 */
export function dnsProbe(init: {
  readonly domain: string;
  /** A new word of letters and digits with each call. */
  readonly newLabel: () => string;
  /** `address:port` of the servers to ask; by default those of this machine. */
  readonly servers?: readonly string[] | undefined;
  readonly isOutside?: boolean | undefined;
}): Probe {
  const { domain, newLabel, servers } = init;
  return {
    name: `DNS for ${domain}`,
    class: 'DNS',
    supplier: 'DNS',
    isOutside: init.isOutside ?? true,
    check: async (signal) => {
      const resolver = new Resolver({ tries: 1 });
      if (servers) resolver.setServers(servers);
      const giveUp = (): void => resolver.cancel();
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        await Promise.all([
          lookUp(resolver, domain, ['ENODATA']),
          lookUp(resolver, `${newLabel()}.${domain}`, ['ENODATA', 'ENOTFOUND']),
        ]);
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}

async function lookUp(resolver: Resolver, name: string, good: readonly string[]): Promise<void> {
  try {
    await resolver.resolve4(name);
  } catch (error) {
    const { code = 'nothing' } = error as { code?: string };
    if (good.includes(code)) return;
    throw new NoAnswerError({ problem: `it says ${code}`, cause: error });
  }
}
