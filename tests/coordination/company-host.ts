import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IAgentRuntime, RouteRequest } from '@elizaos/core';
import express, { type Request, type Response as ExpressResponse } from 'express';
import coordinationPlugin from '@371os/plugin-coordination';
import { answerBodyError } from '../../scripts/launcher/body-error.ts';
import { coordinationPath } from '../../scripts/launcher/coordination-path.ts';
import { RoutedCompany } from '../router/company-fixture.ts';

export const OWNER_TOKEN = 'the-token-of-the-owner';

/** A company whose front desk offers things to programs, behind a real HTTP server. */
export class CompanyHost {
  readonly company: RoutedCompany;
  readonly url: string;
  readonly #server: Server;

  private constructor(company: RoutedCompany, server: Server, url: string) {
    this.company = company;
    this.#server = server;
    this.url = url;
  }

  static async start(
    settings: Record<string, string> = {},
    plugins: Parameters<typeof RoutedCompany.start>[1] = [],
    dataDir?: string,
  ): Promise<CompanyHost> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const own = { ELIZA_SERVER_AUTH_TOKEN: OWNER_TOKEN, COORDINATION_URL: url };
    const company = await RoutedCompany.start(
      { ...own, ...settings },
      [...plugins, coordinationPlugin],
      ...(dataDir === undefined ? [] : [dataDir]),
    );
    server.on('request', appFor(company.agent('Front Desk')));
    return new CompanyHost(company, server, url);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(new URL(path, this.url), {
      headers: { Authorization: `Bearer ${OWNER_TOKEN}`, ...headers },
    });
  }

  /** A token of the company for a program, as the owner makes it. */
  async token(grant: Record<string, unknown>): Promise<string> {
    const answer = await fetch(new URL('/coordination/tokens', this.url), {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${OWNER_TOKEN}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(grant),
    });
    return ((await answer.json()) as { token: string }).token;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
    await this.company.stop();
  }
}

// As ElizaOS's server and our launcher do it: the body is parsed, and a handler gets little of the request.
function appFor(runtime: IAgentRuntime): express.Express {
  const app = express();
  app.use(coordinationPath as express.RequestHandler);
  app.use(express.json());
  app.use((request: Request, response: ExpressResponse, next) => {
    const route = runtime.routes.find(
      ({ type, path }) => type === request.method && isAt(path, request.path),
    );
    if (!route?.handler) {
      next();
      return;
    }
    const { headers, method, path, url } = request;
    const body: unknown = request.body;
    const query = request.query as RouteRequest['query'];
    const routed = { body, headers, method, path, url, params: {}, query };
    void route.handler(routed as RouteRequest, response, runtime);
  });
  app.use(answerBodyError as express.ErrorRequestHandler);
  return app;
}

function isAt(route: string, path: string): boolean {
  return route.endsWith('/*') ? path.startsWith(route.slice(0, -1)) : route === path;
}
