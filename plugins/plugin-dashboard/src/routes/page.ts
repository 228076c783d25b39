import type { Route, RouteResponse } from '@elizaos/core';
import { describeError } from '@371os/kernel';
import { UnknownPageFileError } from '../errors.ts';
import { dashboardOf, type PageFile } from '../services/dashboard-service.ts';

// Nothing from elsewhere, nothing written into the page, and no text that becomes markup.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** The page and its files, which hold no data: whoever has no token sees a form that asks for it. */
export const pageRoutes: Route[] = [
  fileRoute('/', () => 'index.html'),
  // ElizaOS's web client shows public named routes of an agent as panels, in a frame.
  { ...fileRoute('/panel', () => 'index.html'), public: true, name: '371OS' },
  fileRoute('/page/:file', (params) => params['file'] ?? ''),
];

function fileRoute(
  path: string,
  nameOf: (params: Readonly<Record<string, string>>) => string,
): Route & { type: 'GET'; public: boolean; name: string } {
  return {
    ...{ type: 'GET', path, name: path, public: false },
    handler: async (request, response, runtime) => {
      try {
        const dashboard = await dashboardOf(runtime);
        send(response, dashboard.pageFile(nameOf(request.params ?? {})));
      } catch (error) {
        runtime.logger.warn({ src: 'dashboard', path, error }, 'a file was not sent');
        const status = error instanceof UnknownPageFileError ? 404 : 500;
        response.status(status).json({ error: describeError(error) });
      }
    },
  };
}

function send(response: RouteResponse, { type, text }: PageFile): void {
  for (const [header, value] of Object.entries(HEADERS)) response.setHeader?.(header, value);
  response.setHeader?.('Content-Type', type);
  response.send(text);
}
