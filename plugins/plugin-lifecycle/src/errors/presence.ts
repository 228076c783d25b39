import { BaseError } from '@371os/kernel';

/** Where an agent works. */
interface Workplace {
  readonly agent: string;
  readonly host: string;
  readonly pid: number;
}

/** Two processes would work for one agent. */
export class AgentTakenError extends BaseError {
  constructor({ agent, host, pid }: Workplace) {
    super(
      `${agent} works already, in process ${pid} on ${host}. Stop that process, or start this one without this agent.`,
      { details: { agent, host, pid } },
    );
  }
}

/** An agent of another process was to answer in this one. */
export class WorksElsewhereError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} works in another process: submit a task to it, which waits in its queue.`, {
      details: { agent },
    });
  }
}

export class PresenceStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('The database did not keep or tell which processes are alive; it is tried again.', {
      cause,
      isRetryable: true,
    });
  }
}
