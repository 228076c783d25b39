import { Role as WorldRole, type IAgentRuntime, type UUID } from '@elizaos/core';
import type { Role } from '@371os/kernel';

const WORLD_ROLES: Record<Role, WorldRole> = {
  owner: WorldRole.OWNER,
  admin: WorldRole.ADMIN,
  guest: WorldRole.NONE,
};

/**
 * Has ElizaOS know somebody in a world by the role that they have here. The official plugin makes
 * whoever opens a chat the owner of its world.
 */
export async function keepWorldRole(
  runtime: IAgentRuntime,
  { worldId, entityId }: { worldId: UUID; entityId: UUID },
  role: Role,
): Promise<void> {
  const world = await runtime.getWorld(worldId);
  const roles = world?.metadata?.roles ?? {};
  if (!world || (roles[entityId] ?? WorldRole.NONE) === WORLD_ROLES[role]) return;
  await runtime.updateWorld({
    ...world,
    metadata: { ...world.metadata, roles: { ...roles, [entityId]: WORLD_ROLES[role] } },
  });
}
