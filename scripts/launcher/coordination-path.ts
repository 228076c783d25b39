import type { Middleware } from './http-guard.ts';
import type { Shortcut } from './shortcuts.ts';

// What other programs look for at the root, and where ElizaOS has the routes that answer it.
const AT_ROOT = /^\/(?:mcp(?=\?|$)|a2a(?=\/))/;
const FRONT_CARD = /^\/\.well-known\/agent-card\.json(?=\?|$)/;
const OWN_TOKENS =
  /^(?:(?:(?:\/coordination)?\/mcp|\/coordination\/agent-context|\/\.well-known\/agent-card\.json)(?:\?|$)|(?:\/coordination)?\/a2a\/(?!\/|.*(?:\.\.|%2e|\/\/|\\)))/i;

/** MCP, whose endpoint reads the body by itself. */
export const mcpShortcut: Shortcut = {
  takes: ({ url }) => url === '/mcp',
  route: '/coordination/mcp',
};

/** Leads `/mcp`, `/a2a/...` and the card of the front desk to the plugin that has them. */
export const coordinationPath: Middleware = (request, _response, next) => {
  request.url = request.url
    ?.replace(AT_ROOT, '/coordination$&')
    .replace(FRONT_CARD, '/coordination/a2a$&');
  next();
};

/**
 * Whether a route checks tokens of its own, which the guard does not know. The address is taken as it
 * was written: one that only leads there is not one.
 */
export function checksOwnTokens(address: string): boolean {
  return OWN_TOKENS.test(address);
}
