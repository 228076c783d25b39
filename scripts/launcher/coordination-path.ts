import type { Middleware } from './http-guard.ts';

// What other programs look for at the root, and where ElizaOS has the routes that answer it.
const AT_ROOT = /^\/mcp(?=\?|$)/;
const OWN_TOKENS = /^(?:(?:\/coordination)?\/mcp|\/coordination\/agent-context)(?:\?|$)/;

/** Leads `/mcp` to the plugin that speaks MCP. */
export const coordinationPath: Middleware = (request, _response, next) => {
  request.url = request.url?.replace(AT_ROOT, '/coordination/mcp');
  next();
};

/**
 * Whether a route checks tokens of its own, which the guard does not know. The address is taken as it
 * was written: one that only leads there is not one.
 */
export function checksOwnTokens(address: string): boolean {
  return OWN_TOKENS.test(address);
}
