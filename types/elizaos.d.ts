/** `plugin-bootstrap` and `plugin-sql` 1.7.2 ship no usable types; only what we use is declared. */
declare module '@elizaos/plugin-bootstrap' {
  import type { Plugin } from '@elizaos/core';
  const bootstrapPlugin: Plugin;
  export default bootstrapPlugin;
}

declare module '@elizaos/plugin-sql' {
  import type { IDatabaseAdapter, Plugin, UUID } from '@elizaos/core';
  const sqlPlugin: Plugin;
  export default sqlPlugin;
  export function createDatabaseAdapter(
    config: { dataDir?: string; postgresUrl?: string },
    agentId: UUID,
  ): IDatabaseAdapter;
}
