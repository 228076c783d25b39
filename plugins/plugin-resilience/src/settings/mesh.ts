import { booleanSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';

const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/[^/\s,]+\/tcp\/\d{1,5}(\/p2p\/[A-Za-z0-9]+)?$/;

const address = z
  .string()
  .trim()
  .regex(ADDRESS, 'an address such as /ip4/192.168.1.5/tcp/4371 is expected');

/** Settings of the mesh of nodes. */
export const meshSettings = z.object({
  /** The secret that all nodes of the organisation share. Without one there is no mesh. */
  RESILIENCE_MESH_KEY: z.string().min(32, 'at least 32 characters are expected').optional(),
  /** Where this node listens for the others. */
  RESILIENCE_MESH_LISTEN: address.default('/ip4/127.0.0.1/tcp/4371'),
  /** Where other nodes listen, with commas between them. */
  RESILIENCE_MESH_PEERS: listSetting.pipe(z.array(address).max(64)).optional(),
  /** Whether nodes of the local network find each other by themselves (multicast DNS). */
  RESILIENCE_MESH_MDNS: booleanSetting.default(false),
  /** A folder whose Markdown and text files all nodes may read, and everyone who asks them. */
  RESILIENCE_SHARED_FOLDER: z.string().min(1).optional(),
});

export type MeshSettings = Readonly<z.output<typeof meshSettings>>;
