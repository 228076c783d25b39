import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '@371os/cli';
import type { Browser, Page } from 'playwright-core';
import { startTestDevnet, type TestDevnet } from '../support/akash-devnet.ts';
import {
  emptyEnvironment,
  makeDataDirectory,
  removeDataDirectory,
  startCompany,
  type CompanyProcess,
} from '../support/company.ts';
import { keepPicture, openBrowser, openPage, seriousFindings } from './open-browser.ts';

const START_MS = 90_000;
const DESKTOP = { viewport: { width: 1440, height: 1000 } };
const DARK = { ...DESKTOP, colorScheme: 'dark' as const };
const PHONE = {
  viewport: { width: 390, height: 844 },
  ...{ deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: 'dark' as const },
};
const DEPLOY = 'deploy nginx:alpine with half a cpu and 512Mi for at most 5 dollars a month in eu';

const directory = makeDataDirectory();
let devnet: TestDevnet;
let company: CompanyProcess;
let browser: Browser;

/** What a command answers, as JSON. */
async function runCommand(...command: string[]): Promise<unknown> {
  let said = '';
  const code = await runCli([...command, '--json'], {
    environment: company.environment,
    write: (text) => (said += text),
    writeError: (text) => (said += text),
  });
  expect([code, said]).toEqual([0, expect.any(String)]);
  return JSON.parse(said);
}

/** A link that signs one browser in, from the command line. */
async function signInLink(): Promise<string> {
  const { url } = (await runCommand('dashboard')) as { url: string };
  expect(url).toContain('/371os#code=');
  return url;
}

/** The browsers that are signed in, newest first. */
async function sessionIds(): Promise<string[]> {
  const { sessions } = (await runCommand('dashboard', 'sessions', 'list')) as {
    sessions: { id: string }[];
  };
  return sessions.map(({ id }) => id);
}

async function signIn(page: Page): Promise<void> {
  await page.goto(await signInLink());
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('#agents-body .card').first().waitFor();
}

describe('the dashboard in a browser', () => {
  beforeAll(async () => {
    devnet = await startTestDevnet(200);
    const environment = await emptyEnvironment(directory, devnet.settings);
    [company, browser] = await Promise.all([startCompany(environment), openBrowser()]);
  }, START_MS);

  afterAll(async () => {
    await browser.close();
    await company.stop();
    await devnet.stop();
    removeDataDirectory(directory);
  }, START_MS);

  test('whoever has no token sees a form and no data, and is told when a token is not the right one', async () => {
    const { page, complaints } = await openPage(browser, DESKTOP);
    await page.goto(`${company.url}/371os`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByRole('navigation').isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'sign-in');
    await page.getByLabel('Owner token').fill('some-other-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('A valid token is needed').waitFor();
    await page.getByLabel('Owner token').fill(company.token());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Live', { exact: true }).waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])',
    );
    expect(kept).not.toContain(company.token());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.locator('#agents-body .card').count()).toBe(0);
    await page.context().close();
  });

  test('the owner asks, sees the plan, approves it in the dashboard, and it is done', async () => {
    const { page, complaints } = await openPage(browser, DESKTOP);
    await signIn(page);
    expect(page.url()).toBe(`${company.url}/371os`);
    expect(await page.locator('#agents-body .card').count()).toBe(10);
    await page.getByText('Nothing waits for you.').waitFor();

    const plan = await company.ask(DEPLOY);
    expect(plan.text).toContain('Plan (dry run');
    const waiting = page.locator('li.approval', { hasText: 'nginx:alpine' });
    await waiting.getByText('$5.00', { exact: true }).waitFor();
    expect(await page.title()).toBe('(1) 371OS');

    // By keyboard alone: Escape leaves everything as it was.
    await waiting.getByRole('button').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('at most 5.00 USD').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.ariaLabel')).toMatch(/^Decide on request/);

    await page.keyboard.press('Enter');
    await dialog.getByText('The exact plan').click();
    expect(await dialog.locator('pre').textContent()).toContain('nginx:alpine');
    await keepPicture(page, 'desktop-approval', false);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await page.getByText(/^Deployment \w+ \(number \d+ on chain\) runs:/).waitFor();
    await page.getByText('Nothing waits for you.').waitFor();

    const deployment = page.locator('#deployments-body .card', { hasText: 'nginx:alpine' });
    await deployment.getByText('active', { exact: true }).waitFor();
    await deployment.getByText('AWS Fargate').waitFor();
    await deployment.getByText(/^\d+(\.\d)? days$/).waitFor();
    await page.locator('#ledger-body').getByText('akash:fee').first().waitFor();
    await page.locator('#queue-body').getByText('akash', { exact: true }).first().waitFor();
    await page.locator('#decisions-body').getByText(DEPLOY).waitFor();
    await page.locator('#resilience-body').getByText('Platform dependency risk').waitFor();

    await page.getByLabel('Burn this month on').selectOption('akash');
    await page.getByText(/^akash: .* spent, .* a day; forecast for the month's end/).waitFor();
    await page.locator('#ledger-filter').getByLabel('Category').selectOption('llm');
    await page.locator('#ledger-body').getByText('The ledger has nothing of this.').waitFor();
    await page.locator('#ledger-filter').getByLabel('Category').selectOption('akash');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('ledger.csv');

    await page
      .getByText(/^9 candidates$/)
      .first()
      .click();
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'desktop');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the owner reads on a phone, by night, what somebody wrote as markup, as text', async () => {
    const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script> what is our budget?';
    await company.ask(hostile, { as: 'eve' });
    await company.ask('set the monthly llm cap to 25 dollars');
    const { page, complaints } = await openPage(browser, PHONE);
    await signIn(page);
    const decisions = page.locator('#decisions-body');
    await decisions.getByText('onerror="alert(1)"').waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page.locator('li.approval', { hasText: 'cap' }).waitFor();
    const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(width)).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'phone');
    await keepPicture(page, 'phone-top', false);

    // What lint and policy forbid does not work either.
    const markup = page.evaluate("document.body.innerHTML += '<b>markup</b>'");
    await expect(markup).rejects.toThrow('TrustedHTML');
    const [refused, ...others] = complaints;
    expect([refused, others]).toEqual([expect.stringContaining('TrustedHTML'), []]);
    await page.context().close();
  });

  test('backup mode begins and ends before the eyes of the owner, and a stranger changes nothing', async () => {
    const { page, complaints } = await openPage(browser, DARK);
    await signIn(page);
    const mode = page.locator('#resilience-body .badge');
    await mode.getByText('normal mode').waitFor();
    const refused = await company.ask('/backup on', { as: 'eve' });
    expect(refused.text).toMatch(/^Only the owner/);
    const begun = await company.ask('/backup on');
    expect(begun.text).toMatch(/^Backup mode is on/);
    await mode.getByText('backup mode').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await keepPicture(page, 'desktop-dark');
    const ended = await company.ask('/backup off');
    expect(ended.text).toMatch(/^Backup mode is over/);
    await mode.getByText('normal mode').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the owner ends the session of another browser, on the page and from the command line', async () => {
    const [mine, lost] = [await openPage(browser, DESKTOP), await openPage(browser, PHONE)];
    await signIn(mine.page);
    await signIn(lost.page);
    const sessions = mine.page.locator('#sessions-body');
    await sessions.getByText('Chrome on Linux (this one)').waitFor();
    const [id = ''] = await sessionIds();
    expect(await seriousFindings(mine.page)).toEqual([]);
    await keepPicture(mine.page, 'desktop-sessions');
    await sessions.getByRole('button', { name: `End the session ${id}` }).click();
    await mine.page.getByText('Chrome on Linux is signed out.').waitFor();
    await lost.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await lost.page.locator('#agents-body .card').count()).toBe(0);
    const left = await sessionIds();
    expect(left).not.toContain(id);

    for (const other of left) await runCommand('dashboard', 'sessions', 'end', other);
    await mine.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await sessionIds()).toEqual([]);
    // The browser itself says that it was refused.
    const refusals = [...mine.complaints, ...lost.complaints];
    expect(refusals.filter((one) => !one.includes('401'))).toEqual([]);
    await mine.page.context().close();
    await lost.page.context().close();
  });

  test('the owner declines, and the other tab hears of it', async () => {
    const [first, second] = [await openPage(browser, DESKTOP), await openPage(browser, DESKTOP)];
    await signIn(first.page);
    await signIn(second.page);
    await first.page.locator('li.approval', { hasText: 'cap' }).getByRole('button').click();
    await first.page.getByRole('dialog').getByRole('button', { name: 'Decline' }).click();
    await first.page.getByText(/^Declined: Set the monthly llm cap/).waitFor();
    await second.page.getByText('Nothing waits for you.').waitFor();
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    await first.page.context().close();
    await second.page.context().close();
  });

  test("the owner finds it as a panel of ElizaOS's web client, with no further sign-in", async () => {
    const { page } = await openPage(browser, DESKTOP);
    const login = await company.get('/login-link');
    await page.goto((login.body as { url: string }).url);
    await page.waitForURL(`${company.url}/`);
    const agents = (await company.get('/api/agents')).body as {
      data: { agents: { id: string; name: string }[] };
    };
    const id = agents.data.agents.find(({ name }) => name === 'Front Desk')?.id ?? '';
    const panels = (await company.get(`/api/agents/${id}/panels`)).body as {
      data: { name: string; path: string }[];
    };
    const path = panels.data.find(({ name }) => name === '371OS')?.path ?? '';
    // As the client's sidebar shows a panel.
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(path)} }))`,
    );
    const frame = page.frameLocator('iframe');
    await frame.locator('#agents-body .card').first().waitFor();
    await frame.getByText('Live', { exact: true }).waitFor();
    await page.context().close();
  });
});
