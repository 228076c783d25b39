/** At which instance of a hosted agent a task is worked on. */
export interface Assignment {
  readonly taskId: string;
  readonly index: number;
  /** Empty when it is with nobody. */
  readonly deploymentId: string;
  /** The fencing token: one more each time that this changes. */
  readonly turn: number;
}

/** Keeps which instances have which tasks. */
export interface AssignmentBook {
  /** What is known of these tasks. */
  find(taskIds: readonly string[]): Promise<Assignment[]>;
  /** Gives a task to an instance; undefined when that has changed since the turn `before`. */
  assign(
    one: Omit<Assignment, 'turn'> & { readonly agentId: string },
    before: number | undefined,
  ): Promise<Assignment | undefined>;
  /** It is with nobody from now on: it never arrived, or was ended there. */
  release(one: Pick<Assignment, 'taskId' | 'turn'>): Promise<void>;
}
