import type { Instance } from '../domain/instance.ts';
import type { Fleet } from '../domain/fleet.ts';
import type { ScalingTarget } from '../domain/scaling-target.ts';

/** Starts and ends instances of agents somewhere. */
export interface InstanceLauncher {
  /** Begins to look after the instances that there are. */
  open(): void;
  /** Ends those that would be left behind by this process, and looks after nothing more. */
  close(): Promise<void>;
  /** The instances of an agent, its own one included, and on what terms there can be more. */
  survey(agent: string): Promise<Fleet>;
  /** Starts an instance, or lets one go on that is there; returns when it has been begun. */
  start(agent: string, index: number): Promise<void>;
  /** Has an instance take nothing more and end; what it works on may take so long. */
  stop(which: Pick<Instance, 'agent' | 'index'>, how: { readonly drainMs: number }): Promise<void>;
  /**
   * Asks for what has not been approved, where that is a matter of approval, and says in a sentence
   * what was asked; undefined when nothing was. Not again what waits or was refused, but for a person.
   */
  askFor?(
    target: ScalingTarget,
    asked: { readonly by: string | undefined },
  ): Promise<string | undefined>;
}
