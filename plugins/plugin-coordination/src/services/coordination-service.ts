import { Service, type IAgentRuntime } from '@elizaos/core';
import { agentSettings, processWide, runtimeSettings, serviceOf, uuidSource } from '@371os/kernel';
import { preparedExecutor } from '@371os/plugin-treasury';
import { CoordinationMissingError } from '../errors/store.ts';
import { mcpSettings } from '../settings/mcp.ts';
import { openMcp, type McpDesk } from './mcp-service.ts';
import { openOutside } from './outside-service.ts';
import type { OutsideTools } from './outside-tools.ts';
import { SharedMemory } from './shared-memory.ts';
import { Database, type SqlExecutor } from '../store/database.ts';
import { MemoryStore } from '../store/memory-store.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    COORDINATION: 'coordination';
  }
}

/** The name under which an agent finds what it offers programs. */
export const COORDINATION_SERVICE = 'coordination';

function started(): Set<CoordinationService> {
  return processWide('coordination-services', () => new Set<CoordinationService>());
}

/** What an agent offers programs of elsewhere; each part is opened when it is first needed. */
export class CoordinationService extends Service {
  static override readonly serviceType = COORDINATION_SERVICE;
  override readonly capabilityDescription = 'Shares memory, agents and files with other programs.';

  #database: Database | undefined;
  #memory: SharedMemory | undefined;
  #mcp: McpDesk | undefined;
  #outside: OutsideTools | undefined;

  static override start(runtime: IAgentRuntime): Promise<CoordinationService> {
    const service = new CoordinationService(runtime);
    started().add(service);
    return Promise.resolve(service);
  }

  override async stop(): Promise<void> {
    started().delete(this);
    await this.#mcp?.close();
    this.#mcp = undefined;
    await this.#outside?.close();
    this.#outside = undefined;
    this.#memory = undefined;
    this.#database = undefined;
  }

  get agent(): IAgentRuntime {
    return this.runtime;
  }

  get database(): Database {
    return (this.#database ??= new Database(preparedExecutor(this.runtime.db as SqlExecutor)));
  }

  /** What programs and agents remember together. @throws InvalidSettingError */
  get memory(): SharedMemory {
    return (this.#memory ??= new SharedMemory({
      store: new MemoryStore(this.database),
      organisation: agentSettings(mcpSettings, this.runtime).COORDINATION_ORGANISATION,
      newId: uuidSource,
    }));
  }

  /** What it offers over MCP. @throws NoServerTokenError, InvalidSettingError */
  get mcp(): McpDesk {
    return (this.#mcp ??= openMcp(this.runtime, this.database, this.memory));
  }

  /** The tools of elsewhere that the agent may use. @throws OutsideConfigError */
  get outside(): OutsideTools {
    return (this.#outside ??= openOutside(this.runtime, this.database));
  }
}

/** @throws CoordinationMissingError */
export function coordinationOf(runtime: IAgentRuntime): Promise<CoordinationService> {
  return serviceOf<CoordinationService>(runtime, {
    type: COORDINATION_SERVICE,
    plugin: 'coordination',
    missing: () => new CoordinationMissingError({ agent: runtime.character.name }),
  });
}

/**
 * Who serves programs for an agent: the front desk on the same database where there is one, since an
 * agent that only uses servers of elsewhere has this plugin, too. @throws CoordinationMissingError
 */
export async function servingFor(runtime: IAgentRuntime): Promise<CoordinationService> {
  const own = await coordinationOf(runtime);
  const database = await runtime.getConnection();
  for (const service of started())
    if (isFrontDesk(service.agent) && (await service.agent.getConnection()) === database)
      return service;
  return own;
}

function isFrontDesk(runtime: IAgentRuntime): boolean {
  return String(runtimeSettings(runtime)('ROUTER_FRONT_DESK')) === 'true';
}
