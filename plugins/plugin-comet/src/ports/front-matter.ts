/** A text with YAML between two lines of `---` at its beginning. */
export interface FrontMatter {
  readonly fields: unknown;
  readonly body: string;
  /**
   * The line of a field of the YAML, or of one that it would belong to; of the body without a path.
   * @param below so many lines below its beginning
   */
  lineOf(path: readonly string[], below?: number): number;
}

/** Why a text is none, and on which line. */
export interface FrontMatterProblem {
  readonly line: number;
  readonly problem: string;
}

export type ReadFrontMatter = (text: string) => FrontMatter | FrontMatterProblem;
