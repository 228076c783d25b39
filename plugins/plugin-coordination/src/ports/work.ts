import type { Principal } from '@371os/kernel';
import type { Json, Task } from '@371os/plugin-tasks';

/** Something that a program wants an agent of this company to do. */
export interface Assignment {
  /** Of the task, a UUID: given again, it is the same task. */
  readonly id: string;
  /** The name of an agent, or of the front desk. */
  readonly agent: string;
  readonly text: string;
  readonly principal: Principal;
  /** The person's name for the conversation. */
  readonly chat: string;
  /** Why it goes to this agent. */
  readonly reason: string;
  /** How often it was handed on before it came here. */
  readonly hops: number;
  /** Ids of the tasks that it comes from, of this company and others, oldest first. */
  readonly origins?: readonly string[] | undefined;
  /** What the agent should know beside the text. */
  readonly context?: string | undefined;
  /** Kept with the task, for whoever has to find out later where it came from. */
  readonly origin?: Json | undefined;
}

/** Has agents of this company work for programs. */
export interface Work {
  /**
   * The task, as it is then; nobody waits for its end here.
   * @throws ReplayedTaskError when its id is that of another task, InvalidTaskError, TaskStoreError
   */
  submit(assignment: Assignment): Promise<Task>;
}

/** The agents of this company by any of their names. */
export interface Colleagues {
  /** The name of the agent with that name, role or id; that of the front desk without one. @throws UnknownAgentError */
  nameOf(wanted: string | undefined): Promise<string>;
}
