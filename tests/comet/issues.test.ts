import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import cometPlugin, {
  GithubIssues,
  IssueTrackerError,
  outputSettings,
  YoutrackIssues,
  type IssueTracker,
} from '@371os/plugin-comet';
import { RoutedCompany } from '../router/company-fixture.ts';
import { eventually } from '../support/eventually.ts';
import {
  startIssueTrackers,
  TRACKER_TOKEN,
  type IssueTrackers,
  type KeptIssue,
} from '../support/issue-trackers.ts';
import { elizaReply, startScriptedModel, type ScriptedModel } from '../support/scripted-model.ts';

const START_MS = 120_000;
const GOOD = ['Rules as understood', 'Contradictions and gaps', 'Edge cases', 'Verdict']
  .map((section) => `## ${section}\nSomething.`)
  .join('\n');

let trackers: IssueTrackers;
beforeAll(async () => {
  trackers = await startIssueTrackers();
});
afterAll(() => trackers.close());
beforeEach(() => {
  for (const kept of [trackers.github, trackers.youtrack, trackers.requests]) kept.length = 0;
});

const KINDS = [
  {
    kind: 'GitHub',
    make: (token: string): IssueTracker =>
      new GithubIssues({ url: trackers.url, repository: 'acme/site', token }),
    kept: (): KeptIssue[] => trackers.github,
    address: (number: number) => `${trackers.url}/acme/site/issues/${number}`,
  },
  {
    kind: 'YouTrack',
    make: (token: string): IssueTracker =>
      new YoutrackIssues({ url: `${trackers.url}/`, project: 'WEB', token }),
    kept: (): KeptIssue[] => trackers.youtrack,
    address: (number: number) => `${trackers.url}/issue/WEB-${number}`,
  },
];

describe.each(KINDS)('an issue on $kind', ({ make, kept, address }) => {
  const issue = { title: 'A title', body: 'A *body*.', mark: '371os-abc' };

  test('is opened with its words, and found by its mark', async () => {
    const tracker = make(TRACKER_TOKEN);
    expect(await tracker.find('371os-abc', 0)).toBeUndefined();
    expect(await tracker.open(issue)).toBe(address(1));
    for (let more = 0; more < 150; more += 1)
      kept().push({ number: more + 2, title: 'Another', body: 'Of somebody else.' });
    expect(kept()[0]).toMatchObject({
      title: 'A title',
      body: expect.stringContaining('A *body*.'),
    });
    expect(await tracker.find('371os-abc', 0)).toBe(address(1));
    expect(await tracker.find('371os-other', 0)).toBeUndefined();
  });

  test.each([
    [401, /the token is not accepted; make a new one/],
    [404, /there is no such project/],
    [410, /turn them on/],
    [503, /HTTP 503; try again later/],
  ])('that is refused with %d is explained', async (status, words) => {
    trackers.failNext(status);
    const refused = make(TRACKER_TOKEN).open(issue);
    await expect(refused).rejects.toThrow(IssueTrackerError);
    await expect(refused).rejects.toThrow(words);
    expect(kept()).toEqual([]);
  });

  test('is not opened with a wrong token, which is not said', async () => {
    const refused = make('wrong-4711').open(issue);
    await expect(refused).rejects.toThrow(/the token is not accepted/);
    await expect(refused).rejects.not.toThrow(/4711/);
  });
});

test.each([
  ['COMET_GITHUB_REPOSITORY', 'site'],
  ['COMET_GITHUB_REPOSITORY', 'acme/..'],
  ['COMET_GITHUB_URL', 'http://github.example'],
  ['COMET_YOUTRACK_URL', 'ftp://youtrack.example'],
  ['COMET_YOUTRACK_PROJECT', 'WEB} or'],
])('%s cannot be %s', (name, value) => {
  expect(outputSettings.safeParse({ [name]: value }).success).toBe(false);
});

describe('the output of a shortcut as an issue', () => {
  let model: ScriptedModel;
  let company: RoutedCompany;
  beforeAll(async () => {
    model = await startScriptedModel({ reply: elizaReply(GOOD) });
    company = await RoutedCompany.start(
      {
        OPENAI_API_KEY: 'sk-comet-0815',
        OPENAI_BASE_URL: model.baseUrl,
        OPENAI_SMALL_MODEL: 'gpt-4o-mini',
        OPENAI_LARGE_MODEL: 'gpt-4o-mini',
        COMET_GITHUB_URL: trackers.url,
        COMET_GITHUB_REPOSITORY: 'acme/site',
        COMET_GITHUB_TOKEN: TRACKER_TOKEN,
      },
      [cometPlugin],
    );
    await company.hire('CPO Iris', { role: 'CPO', examples: ['Retire the feature'] });
  }, START_MS);
  afterAll(async () => {
    await company.stop();
    await model.close();
  }, START_MS);

  const ask = async (text: string): Promise<string> => (await company.ask(text)).text;
  const idIn = (text: string): string => /\/approve ([0-9A-Z]{8})/.exec(text)?.[1] ?? 'no id';
  const order = '/validate-business-logic refunds within a week --to github_issue';

  test('waits for the owner, and is opened once, however often it is asked for', async () => {
    const asked = await ask(order);
    expect(asked).toMatch(
      /^This needs the owner's approval\..* open the issue "validate-business-logic: refunds within a week" in GitHub acme\/site/,
    );
    expect(idIn(await ask(order))).toBe(idIn(asked));
    expect(trackers.requests).toEqual([]);
    expect(await ask(`/approve ${idIn(asked)}`)).toBe(
      `The issue is open: ${trackers.url}/acme/site/issues/1`,
    );
    expect(trackers.github[0]?.body).toContain('## Verdict\nSomething.');
    const again = await ask(order);
    expect(idIn(again)).not.toBe(idIn(asked));
    expect(await ask(`/approve ${idIn(again)}`)).toBe(
      `That issue is open already: ${trackers.url}/acme/site/issues/1`,
    );
    expect(trackers.github).toHaveLength(1);
  });

  test('that was opened with nobody told is found, and not opened twice', async () => {
    const asked = await ask(order.replace('week', 'month'));
    trackers.failNext('lose the answer');
    expect(await ask(`/approve ${idIn(asked)}`)).toMatch(
      /^Approved, and not open yet\. .*does not answer.* It is tried again every ten minutes\.$/,
    );
    expect(trackers.github).toHaveLength(1);
    const again = await ask(order.replace('week', 'month'));
    await eventually(async () => {
      expect(await ask(`/approve ${idIn(again)}`)).toMatch(/open(?: already)?: .*issues\/1$/);
    });
    expect(trackers.github).toHaveLength(1);
  });

  test('that is declined is not opened', async () => {
    const asked = await ask(order.replace('week', 'year'));
    expect(await ask(`/decline ${idIn(asked)}`)).toMatch(/is declined/);
    expect(trackers.requests).toEqual([]);
  });

  test('is refused before anything is spent where it cannot be', async () => {
    model.requests.length = 0;
    expect(await ask('/validate-business-logic refunds --to youtrack')).toMatch(
      /^No issue can be opened as youtrack_issue: set COMET_YOUTRACK_URL, .*TOKEN\.$/,
    );
    expect(await ask('/private /validate-business-logic refunds --to github')).toMatch(
      /^This is confidential, so it goes into no issue tracker/,
    );
    expect(await ask('/validate-business-logic refunds --to jetbrains-space')).toMatch(
      /discontinued on 2025-06-01: use youtrack_issue, github_issue or file instead/,
    );
    expect(model.requests).toEqual([]);
  });
});
