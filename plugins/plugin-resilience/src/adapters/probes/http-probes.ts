import { isOutside } from '@371os/kernel';
import { z } from 'zod';
import { BadAnswerError } from '../../errors/mode.ts';
import type { Probe } from '../../ports/probe.ts';
import { ask, boundedJson } from './bounded-json.ts';

/** What is probed under an address. */
const PROBED = { chain: 'chain RPC', ipfs: 'IPFS', akash: 'Akash' } as const;

/** The name of the probe of an address. */
export function probeNameOf(what: keyof typeof PROBED, url: string): string {
  return `${PROBED[what]} at ${new URL(url).host}`;
}

interface HttpProbeInit {
  readonly url: string;
  /** By default what the address says. */
  readonly isOutside?: boolean | undefined;
}

const chainId = z.object({ result: z.string().regex(/^0x[0-9a-f]+$/i) });
const kuboVersion = z.object({ Version: z.string().min(1) });
const cometStatus = z.object({
  result: z.object({ node_info: z.object({ network: z.string() }) }),
});

/**
 * A server of language models. Any answer below HTTP 500 does, one that asks for a key too: no model is
 * asked, and nothing costs anything.
 */
export function modelProbe({ provider, ...init }: HttpProbeInit & { provider: string }): Probe {
  return {
    ...factsOf(`${provider} models at ${new URL(init.url).host}`, 'model provider', init),
    check: async (signal) => {
      const response = await ask(init.url, { method: 'HEAD', signal });
      await response.body?.cancel();
      if (response.status >= 500)
        throw new BadAnswerError({ problem: `it answers HTTP ${response.status}` });
    },
  };
}

/** A node of an EVM chain, asked for the id of its chain. */
export function chainProbe(init: HttpProbeInit): Probe {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] });
  const headers = { 'content-type': 'application/json' };
  return {
    ...factsOf(probeNameOf('chain', init.url), 'chain RPC', init),
    check: async (signal) => {
      await boundedJson(await ask(init.url, { method: 'POST', headers, body, signal }), chainId);
    },
  };
}

/** An IPFS server that speaks Kubo's RPC, asked for its version. */
export function ipfsProbe({
  authorization,
  ...init
}: HttpProbeInit & {
  /** The header of a hosted server. */
  readonly authorization?: string | undefined;
}): Probe {
  const url = new URL(`${init.url.replace(/\/+$/, '')}/api/v0/version`).href;
  const headers = authorization === undefined ? {} : { authorization };
  return {
    ...factsOf(probeNameOf('ipfs', init.url), 'storage', init),
    check: async (signal) => {
      await boundedJson(await ask(url, { method: 'POST', headers, signal }), kuboVersion);
    },
  };
}

/** A node of Akash's chain, asked for its status. */
export function akashProbe(init: HttpProbeInit): Probe {
  const url = `${init.url.replace(/\/+$/, '')}/status`;
  return {
    ...factsOf(probeNameOf('akash', init.url), 'compute provider', init),
    check: async (signal) => {
      await boundedJson(await ask(url, { signal }), cometStatus);
    },
  };
}

function factsOf(
  name: string,
  kind: Probe['class'],
  { url, isOutside: isSaid }: HttpProbeInit,
): Omit<Probe, 'check'> {
  return {
    name,
    class: kind,
    supplier: new URL(url).hostname,
    isOutside: isSaid ?? isOutside(url),
  };
}
