/** An issue that is to be opened. */
export interface NewIssue {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  /** Words that are in its body and in that of no other. */
  readonly mark: string;
}

/** A tracker of issues, and the place in it where ours are opened. */
export interface IssueTracker {
  /** Such as `GitHub acme/site`. */
  readonly place: string;
  /** Opens an issue and returns its address. @throws IssueTrackerError */
  open(issue: NewIssue): Promise<string>;
  /** The address of an issue with a mark, among those since then. @throws IssueTrackerError */
  find(mark: string, sinceMs: number): Promise<string | undefined>;
}
