import type { PeerAgent } from './hello.ts';

/** A node whose agents are offered. */
export interface OfferingNode {
  readonly id: string;
  readonly name: string;
  readonly isReachable: boolean;
  readonly agents: readonly PeerAgent[];
}

/** An agent of another node as this one calls it. */
export interface NamedAgent {
  readonly name: string;
  readonly node: OfferingNode;
  readonly agent: PeerAgent;
  /** Whether somebody here has the same role: then it is asked by name only. */
  readonly isSpare: boolean;
}

/** Who works here. */
export interface OwnAgents {
  readonly names: ReadonlySet<string>;
  /** Roles of those that are there. */
  readonly roles: ReadonlySet<string>;
}

/**
 * The agents of other nodes by names that are unique here: their own where it is free, else
 * `<agent>@<node>`, else with the end of the node's id.
 */
export function nameAgents(nodes: readonly OfferingNode[], own: OwnAgents): NamedAgent[] {
  const taken = new Set(own.names);
  const byId = [...nodes].sort((left, right) => (left.id < right.id ? -1 : 1));
  return byId.flatMap((node) =>
    node.agents.map((agent) => {
      const at = `${agent.name}@${node.name}`;
      const candidates = [agent.name, at, `${at}-${node.id.slice(-6)}`, `${at}-${node.id}`];
      const name = candidates.find((one) => !taken.has(one)) ?? at;
      taken.add(name);
      return { name, node, agent, isSpare: own.roles.has(agent.role) };
    }),
  );
}
