import {
  fromJsonSchema,
  requireScopes,
  type JsonSchemaType,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { explainError } from '@371os/kernel';
import { accessIn } from '../adapters/mcp/endpoint.ts';
import type { OutsideServer } from '../adapters/outside/outside-server.ts';
import { requireScope, type Scope } from '../domain/access/access.ts';
import type { ToolRules } from './tool.ts';
import { Offers, type Counter } from './offers.ts';

type Tool = Awaited<ReturnType<OutsideServer['tools']>>[number];

/**
 * Offers the tools of the server for files, as they are, within the scopes of ours. What is offered is
 * made once for each list of them that the server gives.
 */
export function fileTools(
  files: OutsideServer,
  rules: ToolRules,
): (server: McpServer) => Promise<void> {
  let made: { readonly of: readonly Tool[]; readonly offers: Offers } | undefined;
  return async (server) => {
    try {
      const tools = await files.tools();
      if (made?.of !== tools) {
        const offers = new Offers((counter) => {
          for (const tool of tools) offerFileTool(counter, files, tool, rules);
        });
        made = { of: tools, offers };
      }
      made.offers.on(server);
    } catch (error) {
      // The others are offered all the same.
      rules.onError(error);
    }
  };
}

function offerFileTool(
  server: Counter,
  files: OutsideServer,
  { name, title, description, inputSchema, annotations }: Tool,
  rules: ToolRules,
): void {
  const scope: Scope = annotations?.readOnlyHint === true ? 'files:read' : 'files:write';
  server.registerTool(
    name,
    {
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(annotations ? { annotations } : {}),
      // The same JSON, whose type the two packages write differently.
      inputSchema: fromJsonSchema<Record<string, unknown>>(inputSchema as JsonSchemaType),
      scopeChallenge: requireScopes(scope),
    },
    async (parameters: Record<string, unknown>, { http, mcpReq }: ServerContext) => {
      try {
        requireScope(accessIn(http?.authInfo), scope);
        const { signal } = mcpReq;
        return await files.call({ tool: name, parameters, signal });
      } catch (error) {
        rules.onError(error);
        return { content: [{ type: 'text', text: explainError(error) }], isError: true };
      }
    },
  );
}
