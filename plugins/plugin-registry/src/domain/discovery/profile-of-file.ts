import { parseUsd, type PicoUsd } from '@371os/kernel';
import type { Capability, RegistrationFile } from '../../domain/registration-file.ts';
import type { Endpoint, Platform, Profile, Tool } from './indexed-agent.ts';

const PLATFORM_OF: Readonly<Record<string, Platform>> = {
  mcp: 'mcp',
  a2a: 'a2a',
  web: 'web',
  http: 'web',
  api: 'web',
};
const DOLLARS = new Set(['USD', 'USDC']);
const MOST_TOOLS = 64;

/** What of a verified file others look for. */
export function profileOf(file: RegistrationFile, cid: string | undefined): Profile {
  const { name, description, agentType, active, status, liveness } = file;
  return {
    ...{ cid, name, description, agentType: agentType ?? 'agent' },
    isActive: active && (status ?? 'active') === 'active',
    promisesSigns: liveness !== undefined,
    endpoints: file.services.flatMap(endpointOf),
    tools: toolsOf(file),
  };
}

function endpointOf({ name, endpoint }: RegistrationFile['services'][number]): Endpoint[] {
  const platform = PLATFORM_OF[name.toLowerCase()];
  return platform ? [{ platform, url: endpoint }] : [];
}

// Files of others name skills where ours describe capabilities.
function toolsOf(file: RegistrationFile): Tool[] {
  const described = file.capabilities.map((one) => toolOf(one, file));
  const known = new Set(described.map(({ id }) => id));
  const skills = file.services.flatMap(({ skills: named = [], domains = [] }) =>
    named.filter((skill) => !known.has(skill)).map((skill) => skillOf(skill, domains, file)),
  );
  return [...described, ...skills].slice(0, MOST_TOOLS);
}

function toolOf(capability: Capability, file: RegistrationFile): Tool {
  const { toolId, name, description, inputSchema, outputSchema, costModel } = capability;
  return {
    ...{ id: toolId, name, description, tags: [], inputSchema, outputSchema },
    ...priceOf(costModel ?? file.economics),
  };
}

function skillOf(skill: string, tags: readonly string[], { economics }: RegistrationFile): Tool {
  return {
    ...{ id: skill, name: skill, description: '', tags },
    ...{ inputSchema: undefined, outputSchema: undefined },
    ...priceOf(economics),
  };
}

// Nothing costs nothing in any currency.
function priceOf(
  terms: { readonly basePrice: string; readonly currency: string } | undefined,
): Pick<Tool, 'pricePico' | 'priceText'> {
  if (!terms) return { pricePico: undefined, priceText: undefined };
  const { basePrice, currency } = terms;
  const isFree = /^[0.]+$/.test(basePrice);
  const pricePico = isFree || DOLLARS.has(currency) ? dollars(basePrice) : undefined;
  return { pricePico, priceText: `${basePrice} ${currency}` };
}

// More digits than money has here are rounded up.
function dollars(price: string): PicoUsd | undefined {
  const [whole = '0', fraction = ''] = price.split('.');
  if (whole.length > 7) return undefined;
  const isCut = /[1-9]/.test(fraction.slice(12));
  return parseUsd(`${whole}.${fraction.slice(0, 12).padEnd(1, '0')}`) + (isCut ? 1n : 0n);
}
