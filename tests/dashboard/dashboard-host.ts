import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IAgentRuntime, RouteRequest } from '@elizaos/core';
import express, { type Request, type Response as ExpressResponse } from 'express';
import dashboardPlugin, { type Session } from '@371os/plugin-dashboard';
import { RoutedCompany } from '../router/company-fixture.ts';

export const OWNER_TOKEN = 'the-token-of-the-owner';

/** A company whose front desk has a dashboard, behind a real HTTP server. */
export class DashboardHost {
  readonly company: RoutedCompany;
  readonly url: string;
  readonly #server: Server;

  private constructor(company: RoutedCompany, server: Server, url: string) {
    this.company = company;
    this.#server = server;
    this.url = url;
  }

  static async start(settings: Record<string, string> = {}): Promise<DashboardHost> {
    const own = { ELIZA_SERVER_AUTH_TOKEN: OWNER_TOKEN, ...settings };
    const company = await RoutedCompany.start(own, [dashboardPlugin]);
    const server = createServer(appFor(company.agent('Front Desk')));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    return new DashboardHost(company, server, `http://127.0.0.1:${String(port)}`);
  }

  get(path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url + path, { headers, ...(signal ? { signal } : {}) });
  }

  post(path: string, headers: Record<string, string> = {}, body: object = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** The token of a new session, begun with the owner's token. */
  async session(): Promise<string> {
    return (await this.begin()).token;
  }

  /** A new session, begun with the owner's token. */
  async begin(headers: Record<string, string> = {}): Promise<Session> {
    const begun = await this.post('/371os/sessions', { ...bearer(OWNER_TOKEN), ...headers });
    return (await begun.json()) as Session;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    await this.company.stop();
  }
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

// As ElizaOS's server does it: the body is parsed, and a handler gets little of the request.
function appFor(runtime: IAgentRuntime): express.Express {
  const app = express();
  app.use(express.json());
  for (const { type, path, handler } of runtime.routes) {
    if (!path.startsWith('/371os') || !handler || type === 'STATIC') continue;
    const answer = (request: Request, response: ExpressResponse): void => {
      const { headers, method, url, params, query } = request;
      const body: unknown = request.body;
      const routed = { body, headers, method, path: request.path, url, params, query };
      void handler(routed as unknown as RouteRequest, response, runtime);
    };
    if (type === 'GET') app.get(path, answer);
    if (type === 'POST') app.post(path, answer);
  }
  return app;
}
