import type { Tracker } from '../domain/destination.ts';
import { NoTrackerError } from '../errors/issues.ts';
import type { IssueTracker } from '../ports/issue-tracker.ts';
import type { OutputSettings } from '../settings/output.ts';
import { GithubIssues } from './github-issues.ts';
import { YoutrackIssues } from './youtrack-issues.ts';

/** The tracker of a kind that the settings say. @throws NoTrackerError */
export function configuredTracker(tracker: Tracker, settings: OutputSettings): IssueTracker {
  if (tracker === 'github_issue') {
    const { COMET_GITHUB_URL: url, COMET_GITHUB_REPOSITORY: repository } = settings;
    const { COMET_GITHUB_TOKEN: token } = settings;
    if (repository !== undefined && token !== undefined)
      return new GithubIssues({ url, repository, token });
    throw new NoTrackerError({
      tracker,
      settings: ['COMET_GITHUB_REPOSITORY', 'COMET_GITHUB_TOKEN'],
    });
  }
  const { COMET_YOUTRACK_URL: url, COMET_YOUTRACK_PROJECT: project } = settings;
  const { COMET_YOUTRACK_TOKEN: token } = settings;
  if (url !== undefined && project !== undefined && token !== undefined)
    return new YoutrackIssues({ url, project, token });
  throw new NoTrackerError({
    tracker,
    settings: ['COMET_YOUTRACK_URL', 'COMET_YOUTRACK_PROJECT', 'COMET_YOUTRACK_TOKEN'],
  });
}
