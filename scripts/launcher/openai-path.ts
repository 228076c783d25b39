import type { Middleware } from './http-guard.ts';

// ElizaOS mounts a plugin's routes below the plugin's name; programs look for OpenAI's at the root.
const ROOT = /^\/v1(?=[/?]|$)/;

/** Leads `/v1/...` to the gateway, so that `http://host:port/v1` can be given as a base URL. */
export const openaiPath: Middleware = (request, _response, next) => {
  request.url = request.url?.replace(ROOT, '/gateway/v1');
  next();
};
