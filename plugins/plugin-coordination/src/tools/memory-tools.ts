import {
  ResourceNotFoundError,
  ResourceTemplate,
  requireScopes,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { accessIn } from '../adapters/mcp/endpoint.ts';
import {
  additions,
  deletions,
  entities,
  entity,
  entityName,
  entityNames,
  provenance,
  relation,
  relations,
  type KnownGraph,
} from '../domain/memory/graph.ts';
import { UnknownMemoryError } from '../errors/memory.ts';
import type { SharedMemory } from '../services/shared-memory.ts';
import { offerTool, type ToolInit, type ToolRules } from './tool.ts';
import type { Counter } from './offers.ts';

const place = {
  agent: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Whose memory; that of the whole organisation when it is left out'),
  room: z
    .string()
    .regex(/^[\w .@:-]{1,64}$/)
    .optional()
    .describe('Of which conversation; guests have rooms of their own'),
};

const look = {
  ...place,
  withProvenance: z.boolean().optional().describe('Whether to say who wrote what, and when'),
};

const graph = z.object({
  entities: z.array(
    entity.extend({
      provenance: provenance.optional(),
      said: z.array(provenance).optional().describe('Of each observation, in the same order'),
    }),
  ),
  relations: z.array(relation.extend({ provenance: provenance.optional() })),
});
type Graph = z.output<typeof graph>;

const done = z.object({ success: z.boolean(), message: z.string() });

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true } as const;
const adds = { readOnlyHint: false, destructiveHint: false, idempotentHint: true } as const;
const removes = { readOnlyHint: false, destructiveHint: true, idempotentHint: true } as const;

/** The tools of the reference server for memory, on a memory that keeps what is written. */
export function offerMemory(server: Counter, memory: SharedMemory, rules: ToolRules): void {
  offerWriting(server, memory, rules);
  offerForgetting(server, memory, rules);
  offerReading(server, memory, rules);
  offerResources(server, memory);
}

function offerWriting(server: Counter, memory: SharedMemory, rules: ToolRules): void {
  offerTool(server, rules, {
    ...{ name: 'create_entities', title: 'Create entities', scope: 'memory:write' },
    description:
      'Create new entities in the knowledge graph; those that there are stay as they are',
    annotations: { ...adds, openWorldHint: false },
    input: z.object({ entities, ...place }),
    output: z.object({ entities: z.array(entity) }),
    run: async ({ access, input }) => ({
      entities: await memory.createEntities(access, input, input.entities),
    }),
    text: (result) => result.entities,
  });
  offerTool(server, rules, {
    ...{ name: 'create_relations', title: 'Create relations', scope: 'memory:write' },
    description: 'Create new relations between entities, in the active voice',
    annotations: { ...adds, openWorldHint: false },
    input: z.object({ relations, ...place }),
    output: z.object({ relations: z.array(relation) }),
    run: async ({ access, input }) => ({
      relations: await memory.createRelations(access, input, input.relations),
    }),
    text: (result) => result.relations,
  });
  offerTool(server, rules, {
    ...{ name: 'add_observations', title: 'Add observations', scope: 'memory:write' },
    description: 'Add observations to entities that there are: all of them, or none',
    annotations: { ...adds, openWorldHint: false },
    input: z.object({ observations: additions, ...place }),
    output: z.object({
      results: z.array(
        z.object({ entityName: z.string(), addedObservations: z.array(z.string()) }),
      ),
    }),
    run: async ({ access, input }) => ({
      results: await memory.addObservations(access, input, input.observations),
    }),
    text: (result) => result.results,
  });
}

function offerForgetting(server: Counter, memory: SharedMemory, rules: ToolRules): void {
  offerTool(server, rules, {
    ...{ name: 'delete_entities', title: 'Delete entities', scope: 'memory:write' },
    description: 'Forget entities, what is known of them, and their relations',
    annotations: { ...removes, openWorldHint: false },
    input: z.object({ entityNames: entityNames.describe('The names of the entities'), ...place }),
    ...forgets('Entities deleted successfully'),
    run: async ({ access, input }) => {
      await memory.deleteEntities(access, input, input.entityNames);
      return success('Entities deleted successfully');
    },
  });
  offerTool(server, rules, {
    ...{ name: 'delete_observations', title: 'Delete observations', scope: 'memory:write' },
    description: 'Forget observations of entities',
    annotations: { ...removes, openWorldHint: false },
    input: z.object({ deletions, ...place }),
    ...forgets('Observations deleted successfully'),
    run: async ({ access, input }) => {
      await memory.deleteObservations(access, input, input.deletions);
      return success('Observations deleted successfully');
    },
  });
  offerTool(server, rules, {
    ...{ name: 'delete_relations', title: 'Delete relations', scope: 'memory:write' },
    description: 'Forget relations between entities',
    annotations: { ...removes, openWorldHint: false },
    input: z.object({ relations, ...place }),
    ...forgets('Relations deleted successfully'),
    run: async ({ access, input }) => {
      await memory.deleteRelations(access, input, input.relations);
      return success('Relations deleted successfully');
    },
  });
}

function forgets(message: string): Pick<ToolInit<z.ZodObject, typeof done>, 'output' | 'text'> {
  return { output: done, text: () => message };
}

function success(message: string): z.output<typeof done> {
  return { success: true, message };
}

function offerReading(server: Counter, memory: SharedMemory, rules: ToolRules): void {
  const common = {
    scope: 'memory:read',
    output: graph,
    annotations: { ...reads, openWorldHint: false },
  } as const;
  offerTool(server, rules, {
    ...{ ...common, name: 'read_graph', title: 'Read the graph' },
    description: 'Read the whole knowledge graph',
    input: z.object(look),
    run: async ({ access, input }) =>
      shown(await memory.read(access, input, { kind: 'all' }), input.withProvenance),
  });
  offerTool(server, rules, {
    ...{ ...common, name: 'search_nodes', title: 'Search nodes' },
    description:
      'Find entities by words in their names, types and observations, and their relations',
    input: z.object({ query: z.string().max(1_000).describe('What to look for'), ...look }),
    run: async ({ access, input }) => {
      const { query } = input;
      return shown(
        await memory.read(access, input, { kind: 'search', query }),
        input.withProvenance,
      );
    },
  });
  offerTool(server, rules, {
    ...{ ...common, name: 'open_nodes', title: 'Open nodes' },
    description: 'Read entities by their names, and their relations',
    input: z.object({ names: z.array(entityName).max(1_000).describe('Their names'), ...look }),
    run: async ({ access, input }) => {
      const { names } = input;
      return shown(
        await memory.read(access, input, { kind: 'names', names }),
        input.withProvenance,
      );
    },
  });
}

// As the reference server shows it; clients know what to do with that.
function shown(known: KnownGraph, withProvenance = false): Graph {
  if (withProvenance)
    return {
      entities: known.entities.map((one) => ({ ...one, said: [...one.said] })),
      relations: [...known.relations],
    };
  return {
    entities: known.entities.map(({ name, entityType, observations }) => ({
      ...{ name, entityType, observations },
    })),
    relations: known.relations.map(({ from, to, relationType }) => ({ from, to, relationType })),
  };
}

function offerResources(server: Counter, memory: SharedMemory): void {
  server.registerResource(
    'memory',
    new ResourceTemplate('memory://{organisation}/{agent}/{room}', {
      list: async ({ http }) => ({
        resources: (await memory.list(accessIn(http?.authInfo))).map((uri) => ({
          ...{ uri, name: uri, mimeType: 'application/json' },
        })),
      }),
    }),
    {
      title: 'Shared memory',
      description: 'The knowledge graph of an organisation, an agent or a room; a dash is none',
      mimeType: 'application/json',
      scopeChallenge: requireScopes('memory:read'),
    },
    async (uri, _variables, { http }) => {
      try {
        const known = await memory.readUri(accessIn(http?.authInfo), uri.href);
        const text = JSON.stringify(shown(known, true), null, 2);
        return { contents: [{ uri: uri.href, mimeType: 'application/json', text }] };
      } catch (error) {
        if (error instanceof UnknownMemoryError) throw new ResourceNotFoundError(uri.href);
        throw error;
      }
    },
  );
}
