import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** An issue as the servers keep it. */
export interface KeptIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
}

/** GitHub's and YouTrack's REST interfaces on loopback, as far as issues of one project go. */
export interface IssueTrackers {
  readonly url: string;
  readonly github: KeptIssue[];
  readonly youtrack: KeptIssue[];
  readonly requests: string[];
  /** What happens with the next issue: it is opened and nobody is told, or it is refused with a status. */
  failNext(how: 'lose the answer' | number): void;
  close(): Promise<void>;
}

export const TRACKER_TOKEN = 'token-0815';

export async function startIssueTrackers(): Promise<IssueTrackers> {
  const github: KeptIssue[] = [];
  const youtrack: KeptIssue[] = [];
  const requests: string[] = [];
  let failure: 'lose the answer' | number | undefined;
  let url = '';

  function send(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  function add(kept: KeptIssue[], title: unknown, body: unknown): KeptIssue | undefined {
    if (typeof title !== 'string' || title === '' || typeof body !== 'string') return undefined;
    const issue = { number: kept.length + 1, title, body };
    kept.push(issue);
    return issue;
  }

  function open(response: ServerResponse, make: () => object | undefined, status: number): void {
    const how = failure;
    failure = undefined;
    if (typeof how === 'number') return send(response, how, { message: 'scripted' });
    const made = make();
    if (how === 'lose the answer') return void response.destroy();
    if (made) send(response, status, made);
    else send(response, 422, { message: 'Validation Failed' });
  }

  // https://docs.github.com/en/rest/issues/issues?apiVersion=2022-11-28
  async function answerGithub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '', url);
    const shown = (issue: KeptIssue): object => ({
      ...issue,
      html_url: `${url}/acme/site/issues/${issue.number}`,
    });
    if (request.method === 'POST') {
      const { title, body } = (await json(request)) as Record<string, unknown>;
      open(response, () => shownOr(add(github, title, body), shown), 201);
      return;
    }
    if (searchParams.get('state') !== 'all' || !searchParams.get('since')) {
      send(response, 422, { message: 'Validation Failed' });
      return;
    }
    const page = Number(searchParams.get('page') ?? '1');
    const size = Number(searchParams.get('per_page') ?? '30');
    const newest = github.toReversed().slice((page - 1) * size, page * size);
    send(response, 200, newest.map(shown));
  }

  // https://www.jetbrains.com/help/youtrack/devportal/resource-api-issues.html
  async function answerYoutrack(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    const shown = (issue: KeptIssue): object => ({
      ...{ id: `2-${issue.number}`, idReadable: `WEB-${issue.number}`, $type: 'Issue' },
      ...(searchParams.get('fields')?.includes('description') ? { description: issue.body } : {}),
    });
    if (pathname === '/api/admin/projects/WEB') {
      send(response, 200, { id: '0-7' });
      return;
    }
    if (pathname !== '/api/issues') {
      send(response, 404, { error: 'Not Found' });
      return;
    }
    if (request.method === 'POST') {
      const { project, summary, description } = (await json(request)) as Record<string, unknown>;
      if ((project as { id?: unknown } | undefined)?.id !== '0-7') {
        send(response, 400, { error: 'bad_request' });
        return;
      }
      open(response, () => shownOr(add(youtrack, summary, description), shown), 200);
      return;
    }
    if (!/^project: \{WEB\} created: \d{4}-\d\d-\d\d \.\. /.test(searchParams.get('query') ?? '')) {
      send(response, 400, { error: 'invalid_query' });
      return;
    }
    const skip = Number(searchParams.get('$skip') ?? '0');
    const top = Number(searchParams.get('$top') ?? '42');
    send(
      response,
      200,
      youtrack
        .toReversed()
        .slice(skip, skip + top)
        .map(shown),
    );
  }

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(`${request.method ?? ''} ${path.split('?')[0] ?? ''}`);
    if (request.headers.authorization !== `Bearer ${TRACKER_TOKEN}`)
      send(response, 401, { message: 'Bad credentials' });
    else if (path.split('?')[0] === '/repos/acme/site/issues') void answerGithub(request, response);
    else if (path.startsWith('/api/')) void answerYoutrack(request, response);
    else send(response, 404, { message: 'Not Found' });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, github, youtrack, requests },
    failNext: (how) => (failure = how),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function shownOr(
  issue: KeptIssue | undefined,
  shown: (issue: KeptIssue) => object,
): object | undefined {
  return issue && shown(issue);
}
