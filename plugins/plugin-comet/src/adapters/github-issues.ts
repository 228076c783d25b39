import { z } from 'zod';
import type { IssueTracker, NewIssue } from '../ports/issue-tracker.ts';
import { askTracker, pathBelow } from './issue-http.ts';

export interface GithubIssuesInit {
  /** `https://api.github.com`, or the API of an Enterprise Server. */
  readonly url: string;
  /** `owner/name` */
  readonly repository: string;
  readonly token: string;
}

const HEADERS = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
};
const PAGE = 100;
const MOST_PAGES = 10;

const opened = z.object({ html_url: z.url() });
const listed = z.array(z.object({ html_url: z.url(), body: z.string().nullish() }));

/** Issues of one repository, by GitHub's REST API of 2022-11-28. */
export class GithubIssues implements IssueTracker {
  readonly place: string;
  readonly #init: GithubIssuesInit;

  constructor(init: GithubIssuesInit) {
    this.#init = init;
    this.place = `GitHub ${init.repository}`;
  }

  async open({ title, body, mark }: NewIssue): Promise<string> {
    const marked = { title, body: `${body}\n\n<!-- ${mark} -->` };
    return (await askTracker({ ...this.#request(), body: marked }, opened)).html_url;
  }

  // The search of GitHub may know of an issue minutes later; its list knows at once.
  async find(mark: string, sinceMs: number): Promise<string | undefined> {
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const request = this.#request();
      request.url.search = new URLSearchParams({
        ...{ state: 'all', sort: 'created', direction: 'desc' },
        ...{ since: new Date(sinceMs).toISOString(), per_page: `${PAGE}`, page: `${page}` },
      }).toString();
      const issues = await askTracker(request, listed);
      const found = issues.find(({ body }) => body?.includes(mark));
      if (found) return found.html_url;
      if (issues.length < PAGE) return undefined;
    }
    return undefined;
  }

  #request(): {
    place: string;
    url: URL;
    token: string;
    headers: Readonly<Record<string, string>>;
  } {
    const { url, repository, token } = this.#init;
    return {
      place: this.place,
      url: pathBelow(url, `repos/${repository}/issues`),
      token,
      headers: HEADERS,
    };
  }
}
