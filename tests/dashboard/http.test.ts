import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { OWNER, guestNamed, parseUsd } from '@371os/kernel';
import {
  dashboardOf,
  describeBrowser,
  SessionTokens,
  type PanelEvent,
  type SignedIn,
} from '@371os/plugin-dashboard';
import { SignJWT } from 'jose';
import { answering } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { bearer, DashboardHost, OWNER_TOKEN } from './dashboard-host.ts';

let host: DashboardHost;
beforeAll(async () => {
  host = await DashboardHost.start();
});
afterAll(() => host.stop());

const DATA = [
  ['GET', '/371os/data/events'],
  ['GET', '/371os/data/ledger'],
  ['GET', '/371os/data/ledger.csv'],
  ['POST', '/371os/data/approvals/K7QP2M3A/approve'],
  ['POST', '/371os/data/approvals/K7QP2M3A/decline'],
  ['GET', '/371os/data/sessions'],
  ['POST', '/371os/data/sessions/0a1b2c3d4e5f/end'],
] as const;

function send(method: string, path: string, headers: Record<string, string>): Promise<Response> {
  return method === 'GET' ? host.get(path, headers) : host.post(path, headers);
}

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}

describe.each(DATA)('%s %s', (method, path) => {
  it('wants a token', async () => {
    const answer = await send(method, path, {});
    expect(answer.status).toBe(401);
    expect(await codeOf(answer)).toBe('UNAUTHORIZED');
  });

  it('takes none from elsewhere', async () => {
    const answer = await send(method, path, bearer('some-other-token'));
    expect(answer.status).toBe(401);
    expect(await codeOf(answer)).toBe('SESSION_REFUSED');
  });

  it('takes none in the address', async () => {
    const token = await host.session();
    expect((await send(method, `${path}?token=${token}`, {})).status).toBe(401);
  });

  it('is not for strangers', async () => {
    for (const token of [OWNER_TOKEN, await host.session()]) {
      const answer = await send(method, path, { ...bearer(token), 'X-Act-As': 'eve' });
      expect(answer.status).toBe(403);
      expect(await codeOf(answer)).toBe('NOT_PERMITTED');
    }
  });
});

describe('a session', () => {
  it('begins with a code, once', async () => {
    const made = await host.post('/371os/codes', bearer(OWNER_TOKEN));
    const { code } = (await made.json()) as { code: string };
    const begun = await host.post('/371os/sessions', {}, { code });
    const { token, expiresAtMs } = (await begun.json()) as { token: string; expiresAtMs: number };
    const hours = (expiresAtMs - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(11.9);
    expect(hours).toBeLessThanOrEqual(12);
    expect((await host.get('/371os/data/ledger', bearer(token))).status).toBe(200);
    expect((await host.post('/371os/sessions', {}, { code })).status).toBe(401);
  });

  it.each([
    ['no code', {}],
    ['a made-up code', { code: 'abcdefgh' }],
    ['something else', { code: 7 }],
  ])('does not begin with %s', async (_what, body) => {
    expect((await host.post('/371os/sessions', {}, body)).status).toBe(401);
  });

  it('is the only thing that its token is good for: it makes no code', async () => {
    expect((await host.post('/371os/codes', bearer(await host.session()))).status).toBe(401);
    expect((await host.post('/371os/codes', {})).status).toBe(401);
    const asGuest = { ...bearer(OWNER_TOKEN), 'X-Act-As': 'eve' };
    expect((await host.post('/371os/codes', asGuest)).status).toBe(403);
    expect((await host.post('/371os/sessions', asGuest)).status).toBe(403);
  });

  const tokens = (ownerToken: string, nowMs: number): SessionTokens =>
    new SessionTokens({ ownerToken, lastsMs: 3_600_000, clock: () => nowMs });
  const key = createHmac('sha256', OWNER_TOKEN).update('371os dashboard').digest();
  // Of a session that goes on, whose own token is another one.
  let known: string;
  beforeAll(async () => {
    known = (await host.begin()).id;
  });
  const signed = (
    changes: { audience?: string; type?: string; id?: string } = {},
  ): Promise<string> =>
    new SignJWT()
      .setJti(changes.id ?? known)
      .setProtectedHeader({ alg: 'HS256', typ: changes.type ?? 'dashboard+jwt' })
      .setIssuer('371os')
      .setAudience(changes.audience ?? '371os dashboard')
      .setExpirationTime('1h')
      .sign(key);

  it.each<[string, () => Promise<string>]>([
    ['is over', async () => (await tokens(OWNER_TOKEN, Date.now() - 7_200_000).issue(known)).token],
    ['is of another company', async () => (await tokens('another', Date.now()).issue(known)).token],
    ['is for something else', () => signed({ audience: 'http://127.0.0.1:3710' })],
    ['is of another type', () => signed({ type: 'at+jwt' })],
    ['is of a session that nobody began', () => signed({ id: '0a1b2c3d4e5f' })],
  ])('that %s is refused', async (_how, make) => {
    const answer = await host.get('/371os/data/ledger', bearer(await make()));
    expect(answer.status).toBe(401);
  });

  it('signed as ours are is taken, which shows that the refusals above are for their faults', async () => {
    expect((await host.get('/371os/data/ledger', bearer(await signed()))).status).toBe(200);
  });
});

describe('the sessions', () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

  it('are listed with when and where they began, and end one by one, with what is open for them', async () => {
    const [mine, other] = [await host.begin(), await host.begin({ 'User-Agent': FIREFOX })];
    const listed = await host.get('/371os/data/sessions', bearer(mine.token));
    const { sessions } = (await listed.json()) as { sessions: SignedIn[] };
    expect(sessions.find(({ id }) => id === other.id)).toEqual({
      ...{ id: other.id, way: 'token', browser: 'Firefox on Linux' },
      ...{ begunAtMs: expect.any(Number), expiresAtMs: other.expiresAtMs },
    });
    expect(JSON.stringify(sessions)).not.toContain(other.token);

    const stream = await host.get('/371os/data/events', bearer(other.token));
    expect(stream.status).toBe(200);
    const end = `/371os/data/sessions/${other.id}/end`;
    expect((await host.post(end, bearer(mine.token))).status).toBe(200);
    expect(await stream.text()).toContain(': watching');
    const refused = await host.get('/371os/data/ledger', bearer(other.token));
    expect([refused.status, await codeOf(refused)]).toEqual([401, 'SESSION_REFUSED']);
    expect((await host.get('/371os/data/ledger', bearer(mine.token))).status).toBe(200);
    const again = await host.post(end, bearer(mine.token));
    expect([again.status, await codeOf(again)]).toEqual([404, 'UNKNOWN_SESSION']);
  });

  it.each([
    [FIREFOX, 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['<script>alert(1)</script>', 'Another program'],
    [undefined, 'Another program'],
  ])('of %s are those of %s', (userAgent, browser) => {
    expect(describeBrowser(userAgent)).toBe(browser);
  });
});

describe('the page', () => {
  it.each(['/371os/', '/371os/panel'])(
    'at %s is the same for everybody, under a strict policy',
    async (path) => {
      const answer = await host.get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy.split('; ')).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "connect-src 'self'",
          "frame-ancestors 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "require-trusted-types-for 'script'",
        ]),
      );
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const html = await answer.text();
      expect(html).not.toMatch(/<style|style=|<script(?! type="module" src=)| on\w+=|https?:/);
      expect(html).toBe(await (await host.get('/371os/', bearer(OWNER_TOKEN))).text());
    },
  );

  it('consists of files that all are there', async () => {
    const seen = new Set<string>();
    const load = async (name: string): Promise<void> => {
      if (seen.has(name)) return;
      seen.add(name);
      const answer = await host.get(`/371os/page/${name}`);
      expect([name, answer.status]).toEqual([name, 200]);
      const text = await answer.text();
      const asked = [...text.matchAll(/(?:from '\.\/|page\/)([\w.-]+)['"]/g)];
      for (const [, next = ''] of asked) await load(next);
    };
    await load('index.html');
    expect(seen.size).toBeGreaterThan(15);
    expect((await host.get('/371os/page/main.js')).headers.get('content-type')).toContain(
      'text/javascript',
    );
  });

  it.each([
    'nothing.js',
    '..%2f..%2fpackage.json',
    '%2e%2e%2findex.ts',
    'uplot.d.ts',
    'constructor',
  ])('has no file %s', async (name) => {
    expect((await host.get(`/371os/page/${name}`)).status).toBe(404);
  });

  it('is a panel of ElizaOS, and nothing that holds data is', () => {
    const { routes } = host.company.agent('Front Desk');
    const panels = routes.filter((route) => route.public === true);
    expect(panels.map(({ name, path, type }) => ({ name, path, type }))).toEqual([
      { name: '371OS', path: '/371os/panel', type: 'GET' },
    ]);
  });
});

/** Reads a stream until an event is what is looked for. */
async function readUntil(
  body: ReadableStream<Uint8Array>,
  isIt: (event: PanelEvent) => boolean,
): Promise<PanelEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = (await reader.read()) as { done: boolean; value: string };
    if (done) throw new RangeError('the stream ended');
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice(6)) as PanelEvent;
      if (isIt(event)) {
        reader.releaseLock();
        return event;
      }
    }
  }
}

describe('the stream', () => {
  const open = async (signal: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
    const answer = await host.get('/371os/data/events', bearer(await host.session()), signal);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    return answer.body as ReadableStream<Uint8Array>;
  };

  it('tells what waits, and again when something new does', async () => {
    const { treasury } = host.company;
    const cap = {
      category: 'llm',
      scope: 'organisation',
      scopeId: 'organisation',
      window: 'month',
    } as const;
    const end = new AbortController();
    const body = await open(end.signal);
    const asked = await treasury.requestCap(
      { ...cap, limitPico: parseUsd('25') },
      { requester: OWNER },
    );
    const event = await readUntil(
      body,
      (one) => one.panel === 'approvals' && one.state === 'ok' && one.data.approvals.length > 0,
    );
    expect(event).toMatchObject({
      data: { approvals: [{ id: asked.id, amountUsd: '25.00', requester: 'owner' }] },
    });
    end.abort();
    const granted = await host.post(
      `/371os/data/approvals/${asked.id}/approve`,
      bearer(await host.session()),
    );
    expect(await granted.json()).toEqual({
      ...{ text: expect.stringContaining('$25.00'), state: 'COMPLETED' },
    });
    const again = await host.post(
      `/371os/data/approvals/${asked.id}/approve`,
      bearer(await host.session()),
    );
    expect(await codeOf(again)).toBe('APPROVAL_UNAVAILABLE');
  });

  it('says which plugin a panel lacks', async () => {
    const end = new AbortController();
    const event = await readUntil(await open(end.signal), ({ panel }) => panel === 'deployments');
    end.abort();
    expect(event).toEqual({
      panel: 'deployments',
      state: 'absent',
      plugin: '@371os/plugin-akash',
    });
  });

  it('keeps to itself what was asked in confidence', async () => {
    const principal = guestNamed('ann');
    await host.company.hire('Price Officer', {
      examples: ['which of our prices is wrong'],
      works: answering(() => 'The one of the whale.'),
    });
    await host.company.ask('/private which of our prices is wrong, asks the whale', { principal });
    const end = new AbortController();
    const body = await open(end.signal);
    const event = await readUntil(
      body,
      (one) => one.panel === 'decisions' && one.state === 'ok' && one.data.decisions.length > 0,
    );
    end.abort();
    expect(event).toMatchObject({ data: { decisions: [{ text: null, requester: 'guest:ann' }] } });
    expect(JSON.stringify(event)).not.toContain('whale');
  });

  it('costs nothing any more once whoever listened has gone', async () => {
    const { hub } = await dashboardOf(host.company.agent('Front Desk'));
    await eventually(async () => expect(hub.watchers).toBe(0));
    const first = new AbortController();
    const second = new AbortController();
    await readUntil(await open(first.signal), () => true);
    await readUntil(await open(second.signal), () => true);
    expect(hub.watchers).toBe(2);
    first.abort();
    await eventually(async () => expect(hub.watchers).toBe(1));
    second.abort();
    await eventually(async () => expect(hub.watchers).toBe(0));
  });

  it('ends with its session', async () => {
    const tokens = new SessionTokens({ ownerToken: OWNER_TOKEN, lastsMs: 2_000, clock: Date.now });
    const { token } = await tokens.issue((await host.begin()).id);
    const answer = await host.get('/371os/data/events', bearer(token));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('event: panel');
  });
});

describe('the ledger', () => {
  const HOSTILE = ['=HYPERLINK("http://evil.example","x")', '+1', '-1', '@SUM(A1)', 'a,"b"\r\nc'];

  beforeAll(async () => {
    for (const [index, model] of HOSTILE.entries())
      await host.company.treasury.recordFree({
        ...{ provider: 'p', model, tokensIn: index, tokensOut: 1, status: 'ok' },
        scopes: { agent: model, user: index === 0 ? 'owner' : 'guest:ann' },
      });
  });

  it('is shown under a filter', async () => {
    const session = bearer(await host.session());
    const read = async (query: string): Promise<unknown[]> => {
      const answer = await host.get(`/371os/data/ledger?${query}`, session);
      return ((await answer.json()) as { rows: unknown[] }).rows;
    };
    expect(await read('user=owner&category=&agent=')).toEqual([
      expect.objectContaining({ user: 'owner', agent: HOSTILE[0], costUsd: '0.00', tokens: 1 }),
    ]);
    expect(await read('user=guest:ann&window=day')).toHaveLength(HOSTILE.length - 1);
    expect(await read('category=akash')).toEqual([]);
    const bad = await host.get('/371os/data/ledger?category=nonsense', session);
    expect([bad.status, await codeOf(bad)]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('as CSV has no cell that a spreadsheet takes for a formula', async () => {
    const answer = await host.get(
      '/371os/data/ledger.csv?window=month',
      bearer(await host.session()),
    );
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="ledger.csv"');
    const csv = await answer.text();
    expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
    expect(csv).toContain(`"a,""b""\r\nc"`);
    expect(csv).not.toMatch(/(^|,)"?[=+@-]/m);
  });
});

it('a server without a token shows nothing to anybody', async () => {
  const runtime = host.company.agent('Front Desk');
  const route = runtime.routes.find(({ path }) => path === '/371os/data/ledger');
  const answers: unknown[] = [];
  const response = {
    status: (code: number) => (answers.push(code), response),
    json: (body: unknown) => (answers.push(body), response),
  };
  const without = Object.create(runtime, {
    getSetting: { value: () => null },
    character: { value: { ...runtime.character, settings: {}, secrets: {} } },
  }) as typeof runtime;
  const request = { headers: bearer('x'), query: {}, params: {}, path: '', method: 'GET', url: '' };
  await route?.handler?.(request, response as never, without);
  expect(answers).toEqual([401, { error: expect.objectContaining({ code: 'NO_SERVER_TOKEN' }) }]);
});
