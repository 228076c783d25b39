import { Resolver } from 'node:dns/promises';
import { NoAnswerError } from '../../mode-errors.ts';
import type { Probe } from '../../ports/probe.ts';

// What a server says when it has asked whoever knows; others mean that it could not.
const ANSWERS = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * The domain name system, asked for a name below a domain that nobody has asked for yet: for the domain
 * itself a cache on this machine or in its network answers long after the internet is gone. That there is
 * no such name is a good answer.
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
        await resolver.resolve4(`${newLabel()}.${domain}`);
      } catch (error) {
        const { code } = error as { code?: string };
        if (!ANSWERS.has(code ?? ''))
          throw new NoAnswerError({ problem: `it says ${code ?? 'nothing'}`, cause: error });
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
  };
}
