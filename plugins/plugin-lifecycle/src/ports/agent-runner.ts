/** Runs agents in this process. */
export interface AgentRunner {
  /** Starts one, and returns once ElizaOS has initialised it. */
  start(character: Readonly<Record<string, unknown>>): Promise<void>;
  /** Stops one; one that does not run here is left alone. */
  stop(agentId: string): Promise<void>;
  /** Stops one and starts it again as it was; `between` is awaited in between. */
  restart(agentId: string, between: () => Promise<void>): Promise<void>;
  isRunning(agentId: string): boolean;
  /** Whether ElizaOS accepts a character; else what is wrong with it, in words. */
  problemOf(character: Readonly<Record<string, unknown>>): string | undefined;
}
