import type { Instance } from '../domain/instance.ts';

/** Starts and ends replicas of agents somewhere. */
export interface InstanceLauncher {
  /** Why there can be no replicas here, as a sentence that says what to do; undefined when there can. */
  readonly problem: string | undefined;
  /** Begins to look after the replicas that there are. */
  open(): void;
  /** Ends those that would be left behind by this process, and looks after nothing more. */
  close(): Promise<void>;
  /** Starts a replica, or lets one go on that is there; returns when it has been begun. */
  start(agent: string, index: number): Promise<void>;
  /** Has a replica take nothing more and end; what it works on may take so long. */
  stop(
    index: { readonly agent: string; readonly index: number },
    how: { readonly drainMs: number },
  ): Promise<void>;
  /** The instances of an agent, its own process included. */
  list(agent: string): Promise<Instance[]>;
}
