/** An identity registry: a contract on one chain. */
export interface RegistryReference {
  /** As EIP-155 numbers chains. */
  readonly chainId: number;
  /** `0x` and 40 hexadecimal digits. */
  readonly address: string;
}

/** An agent in an identity registry. */
export interface AgentReference {
  readonly registry: RegistryReference;
  readonly agentId: bigint;
}

const REGISTRY = /^eip155:(?<chainId>[1-9]\d{0,15}):(?<address>0x[0-9a-fA-F]{40})$/;
const AGENT = /^(?<registry>eip155:[^/]+)\/(?<agentId>0|[1-9]\d{0,77})$/;
const NUMBER = /^(0|[1-9]\d{0,77})$/;
const LARGEST = 2n ** 256n - 1n;

/** `eip155:1:0x8004...`, as registration files name a registry. */
export function registryName({ chainId, address }: RegistryReference): string {
  return `eip155:${String(chainId)}:${address}`;
}

/** `eip155:1:0x8004.../12`: the agent's name in the world. */
export function globalIdOf({ registry, agentId }: AgentReference): string {
  return `${registryName(registry)}/${String(agentId)}`;
}

/** The agent that a number in `registry`, or a global id, stands for; undefined for other texts. */
export function readAgentReference(
  text: string,
  registry: RegistryReference,
): AgentReference | undefined {
  const typed = text.trim();
  if (NUMBER.test(typed)) return agentIn(registry, typed);
  const { registry: name = '', agentId = '' } = AGENT.exec(typed)?.groups ?? {};
  const named = readRegistryName(name);
  return named && agentIn(named, agentId);
}

/** The registry that a name stands for; undefined for other texts. */
export function readRegistryName(name: string): RegistryReference | undefined {
  const { chainId = '', address = '' } = REGISTRY.exec(name)?.groups ?? {};
  return address === '' ? undefined : { chainId: Number(chainId), address };
}

/** Whether both are the same contract; an address is the same in capital and small letters. */
export function isSameRegistry(left: RegistryReference, right: RegistryReference): boolean {
  return (
    left.chainId === right.chainId && left.address.toLowerCase() === right.address.toLowerCase()
  );
}

/** `did:371minds:<agent>`, the name that an agent has before it has a number on chain. */
export function didOf(agent: string): string {
  return `did:371minds:${agent}`;
}

function agentIn(registry: RegistryReference, digits: string): AgentReference | undefined {
  const agentId = BigInt(digits);
  return agentId > LARGEST ? undefined : { registry, agentId };
}
