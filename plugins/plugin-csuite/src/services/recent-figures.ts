/** What an action found for somebody. */
export interface Finding {
  readonly principalId: string;
  readonly action: string;
  readonly text: string;
}

const MOST_KEPT = 50;
const LONGEST = 400;

/** The newest finding of each action for each person, in memory. */
export class RecentFigures {
  #kept: Finding[] = [];

  remember(finding: Finding): void {
    const others = this.#kept.filter(
      ({ principalId, action }) => principalId !== finding.principalId || action !== finding.action,
    );
    this.#kept = [...others, { ...finding, text: finding.text.slice(0, LONGEST) }].slice(
      -MOST_KEPT,
    );
  }

  /** Oldest first. What was found for one person is nobody else's. */
  of(principalId: string): Finding[] {
    return this.#kept.filter((finding) => finding.principalId === principalId);
  }
}
