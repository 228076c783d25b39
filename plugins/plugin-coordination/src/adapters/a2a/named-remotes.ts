import type { IAgentRuntime } from '@elizaos/core';
import type { PicoUsd } from '@371os/kernel';
import { agentToolsOf, registryName, registryOf, type IndexedAgent } from '@371os/plugin-registry';
import { ownerStatement, type CardOwner } from '../../domain/a2a/card-owner.ts';
import type { A2aSettings, RemoteAgentSetting } from '../../settings/a2a.ts';
import type { NamedRemote } from './remote-directory.ts';

/**
 * The agents of others that the settings name, by address or by their registration. Those of a registry
 * that cannot be read now are left out, and the others are not kept waiting for it.
 */
export async function namedRemotes(
  runtime: IAgentRuntime,
  settings: Pick<A2aSettings, 'COORDINATION_A2A_AGENTS' | 'COORDINATION_A2A_REGISTRY'>,
  log: (problem: string, error: unknown) => void,
): Promise<NamedRemote[]> {
  const named: NamedRemote[] = [];
  const add = async (more: Promise<NamedRemote[]>): Promise<void> => {
    try {
      named.push(...(await more));
    } catch (error) {
      log('agents of others were not found in the registry', error);
    }
  };
  for (const { url, agent, usdPerTask, role, key } of settings.COORDINATION_A2A_AGENTS) {
    const terms = { role, key };
    if (url !== undefined) named.push({ ...terms, url, pricePico: usdPerTask });
    else if (agent !== undefined) await add(registeredAs(runtime, agent, { ...terms, usdPerTask }));
  }
  if (settings.COORDINATION_A2A_REGISTRY) await add(allRegistered(runtime));
  // What is named by itself counts before what is listed.
  return named.filter(({ url }, index) => named.findIndex((other) => other.url === url) === index);
}

async function registeredAs(
  runtime: IAgentRuntime,
  wanted: string,
  { usdPerTask, ...terms }: Pick<RemoteAgentSetting, 'role' | 'key' | 'usdPerTask'>,
): Promise<NamedRemote[]> {
  const directory = await (await agentToolsOf(runtime)).directory();
  const found = await registered(runtime, await directory.find(wanted));
  return found ? [{ ...found, ...terms, pricePico: usdPerTask ?? found.pricePico }] : [];
}

async function allRegistered(runtime: IAgentRuntime): Promise<NamedRemote[]> {
  const directory = await (await agentToolsOf(runtime)).directory();
  const agents = await directory.all();
  const found = await Promise.all(agents.map((agent) => registered(runtime, agent)));
  // Nobody has vouched for these, so one without a price is not even listed.
  return found.flatMap((one) => (one?.pricePico === undefined ? [] : one));
}

/** What a registration says of how to ask its agent; undefined when it has no A2A, or is ours. */
async function registered(
  runtime: IAgentRuntime,
  agent: IndexedAgent,
): Promise<NamedRemote | undefined> {
  const endpoint = agent.endpoints.find(({ platform }) => platform === 'a2a');
  if (!endpoint || !agent.isActive || !URL.canParse(endpoint.url)) return undefined;
  if (await isOurs(runtime, agent)) return undefined;
  return { url: endpoint.url, pricePico: priceOf(agent), accounts: [agent.owner] };
}

// Its own agents are colleagues already.
async function isOurs(runtime: IAgentRuntime, { owner }: IndexedAgent): Promise<boolean> {
  const registry = await registryOf(runtime);
  if (!registry.hasWallet) return false;
  const { signer } = await registry.account();
  return signer.address.toLowerCase() === owner.toLowerCase();
}

// A task may take any of what it offers, so the dearest counts.
function priceOf({ tools }: IndexedAgent): PicoUsd | undefined {
  const prices = tools.map(({ pricePico }) => pricePico);
  if (prices.length === 0 || prices.includes(undefined)) return undefined;
  return prices.reduce<PicoUsd>((most, one = 0n) => (one > most ? one : most), 0n);
}

/** Whether an account has signed that a key is that of the cards of an origin. */
export async function isVouchedFor(
  runtime: IAgentRuntime,
  { registry: name, wallet, signature }: CardOwner,
  about: { readonly key: string; readonly origin: string },
): Promise<boolean> {
  const registry = await registryOf(runtime);
  const { identities, signatures } = registry.network;
  if (name !== registryName(identities.reference)) return false;
  return signatures.isSignedBy(wallet, ownerStatement(about, identities.reference), signature);
}
