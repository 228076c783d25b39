/** Three nodes: two in one local network, and one behind the uplink of that. */
export type Place = 'near' | 'beside' | 'far';
export const PLACES: readonly Place[] = ['near', 'beside', 'far'];

/** What three nodes stand on: a local network, its uplink, and beyond it a node and two services. */
export interface Ground {
  /** In the words of whoever reads the figures. */
  readonly how: string;
  /** The settings of a node: where it and the others listen, and where the services are. */
  environment(place: Place): Record<string, string>;
  /** What a command begins with that is to run at a place. */
  within(place: Place): readonly string[];
  /** Makes a port of a place reachable under the same number on loopback. @param folder for a socket file */
  openDoor(place: Place, port: number, folder: string): Promise<void>;
  /** From now on what is sent through the uplink is lost, and nobody is told. */
  cut(): void;
  heal(): void;
  /** Takes everything away that was made. */
  remove(): Promise<void>;
}

/** The settings of a node. @param addresses of the nodes, as host and port */
export function settingsOf(
  place: Place,
  addresses: Readonly<Record<Place, readonly [host: string, port: number]>>,
  services: { readonly models: string; readonly chain: string },
): Record<string, string> {
  const address = (one: Place): string =>
    `/ip4/${addresses[one][0]}/tcp/${String(addresses[one][1])}`;
  const others = PLACES.filter((other) => other !== place);
  return {
    RESILIENCE_MESH_LISTEN: address(place),
    RESILIENCE_MESH_PEERS: others.map(address).join(','),
    ...{ OPENAI_API_KEY: 'sk-nobody', OPENAI_BASE_URL: `http://${services.models}/v1` },
    REGISTRY_RPC_URL: `http://${services.chain}/`,
  };
}
