import { z } from 'zod';
import type { IssueTracker, NewIssue } from '../ports/issue-tracker.ts';
import { askTracker, pathBelow, type TrackerRequest } from './issue-http.ts';

export interface YoutrackIssuesInit {
  /** Such as `https://acme.youtrack.cloud`, without `/api`. */
  readonly url: string;
  /** The project's short name, such as `WEB`. */
  readonly project: string;
  readonly token: string;
}

const HEADERS = { accept: 'application/json' };
const PAGE = 100;
const MOST_PAGES = 10;
const DAY_MS = 86_400_000;

const project = z.object({ id: z.string().min(1) });
const issue = z.object({ idReadable: z.string().regex(/^[\w-]+$/) });
const listed = z.array(issue.extend({ description: z.string().nullish() }));

/** Issues of one project, by YouTrack's REST API. */
export class YoutrackIssues implements IssueTracker {
  readonly place: string;
  readonly #init: YoutrackIssuesInit;

  constructor(init: YoutrackIssuesInit) {
    this.#init = init;
    this.place = `YouTrack ${init.project}`;
  }

  async open({ title, body, mark }: NewIssue): Promise<string> {
    const of = encodeURIComponent(this.#init.project);
    const { id } = await askTracker(this.#request(`api/admin/projects/${of}?fields=id`), project);
    const description = `${body}\n\n${mark}`;
    const request = this.#request('api/issues?fields=idReadable');
    const fields = { project: { id }, summary: title, description };
    return this.#addressOf(await askTracker({ ...request, body: fields }, issue));
  }

  async find(mark: string, sinceMs: number): Promise<string | undefined> {
    // Days of the server: one more makes up for its time zone.
    const day = new Date(sinceMs - DAY_MS).toISOString().slice(0, 10);
    const query = `project: {${this.#init.project}} created: ${day} .. * sort by: created desc`;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const request = this.#request('api/issues');
      request.url.search = new URLSearchParams({
        ...{ query, fields: 'idReadable,description' },
        ...{ $top: `${PAGE}`, $skip: `${page * PAGE}` },
      }).toString();
      const issues = await askTracker(request, listed);
      const found = issues.find(({ description }) => description?.includes(mark));
      if (found) return this.#addressOf(found);
      if (issues.length < PAGE) return undefined;
    }
    return undefined;
  }

  #addressOf({ idReadable }: z.output<typeof issue>): string {
    return pathBelow(this.#init.url, `issue/${idReadable}`).href;
  }

  #request(path: string): TrackerRequest {
    const { url, token } = this.#init;
    return { place: this.place, url: pathBelow(url, path), token, headers: HEADERS };
  }
}
