/** A file as it was found, with what marks this version of it. */
export interface SkillFile {
  /** Where it is, for a person. */
  readonly path: string;
  /** The folder that it is in, which gives it its name. */
  readonly folder: string;
  readonly text: string;
}

/** What there is in a kind of folders. */
export interface FoundFiles {
  readonly files: readonly SkillFile[];
  /** What could not be taken, a sentence each. */
  readonly problems: readonly string[];
}

/** Where shortcuts and workspaces are kept. */
export interface SkillFiles {
  /** What is there now; those that are found later have precedence. Never throws. */
  list(kind: 'shortcuts' | 'workspaces'): Promise<FoundFiles>;
}
