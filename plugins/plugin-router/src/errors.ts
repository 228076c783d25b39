import { BaseError } from '@371os/kernel';

export class UnknownAgentError extends BaseError {
  constructor({ agent, known }: { agent: string; known: readonly string[] }) {
    super(`There is no agent called "${agent}". You can talk to: ${known.join(', ')}.`, {
      details: { agent },
    });
  }
}

export class NobodyToAskError extends BaseError {
  constructor() {
    super(
      'No agent of this company takes this request: add a character with settings.routing, as the README of plugin-router shows, and restart.',
    );
  }
}

export class NoFrontDeskError extends BaseError {
  constructor() {
    super(
      'No agent is the front desk: set ROUTER_FRONT_DESK to true in one character and restart, or name the agent to talk to.',
    );
  }
}

export class TooManyHopsError extends BaseError {
  constructor({ hops }: { hops: number }) {
    super(
      `This request was handed on ${String(hops)} times already, so it is not handed on again: ask for the part that is missing.`,
      { details: { hops } },
    );
  }
}

/** A request has come back to those who have had it. */
export class GivenBackError extends BaseError {
  constructor({ agents }: { agents: readonly string[] }) {
    const names = [...new Set(agents)].join(' and ');
    super(
      `This has been with ${names} already, so it is not given back: say what is missing, or name the agent who is to do it.`,
      { details: { agents: [...agents] } },
    );
  }
}

/** Something private would have left the machine. */
export class ElsewhereError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`This is private, and ${agent} is on another machine: ask an agent that runs here.`, {
      details: { agent },
    });
  }
}

/** A request that says something of its task and not whose task it is. */
export class UnnamedAgentError extends BaseError {
  constructor() {
    super('"task" and "context" are for a request to one agent: name it with "agent".');
  }
}

export class TaskIdTakenError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is a task ${id} already, of somebody else: choose another id.`, {
      details: { id },
    });
  }
}

export class RouterNotReadyError extends BaseError {
  constructor() {
    super('The router is not ready: list @371os/plugin-router in the character and restart.', {
      isRetryable: true,
    });
  }
}

export class DecisionStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'The database did not keep or give what was decided; try again, and look into the log if it happens again.',
      { cause, isRetryable: true },
    );
  }
}
