import { BaseError } from '@371os/kernel';

/** A request to create an agent that cannot be read. */
export class InvalidCreationError extends BaseError {
  constructor({ field, problem }: { field: string; problem: string }) {
    super(`The agent cannot be created: ${field ? `${field}: ` : ''}${problem}.`, {
      details: { field },
    });
  }
}

export class NameTakenError extends BaseError {
  constructor({ name }: { name: string }) {
    super(
      `There is an agent called ${name} already. Choose another name, or retire that one first.`,
      {
        details: { name },
      },
    );
  }
}

export class TooManyAgentsError extends BaseError {
  constructor({ most }: { most: number }) {
    super(
      `The company has its ${most} agents. Retire one, or raise LIFECYCLE_MAX_AGENTS and restart.`,
      { details: { most } },
    );
  }
}

export class UnknownLifeError extends BaseError {
  constructor({ name, known }: { name: string; known: readonly string[] }) {
    const list = known.length > 0 ? ` There are: ${known.join(', ')}.` : '';
    super(`There is no agent called "${short(name)}".${list}`);
  }
}

/** Somebody who never lived here, or still does, cannot be brought back. */
export class NobodyEndedError extends BaseError {
  constructor({ name, ended }: { name: string; ended: readonly string[] }) {
    const list = ended.length > 0 ? `These have: ${ended.join(', ')}.` : 'None has yet.';
    super(`No agent called "${short(name)}" has ended, so none can be brought back. ${list}`);
  }
}

const LONGEST_NAME = 64;

function short(name: string): string {
  const shown = name.replaceAll(/\p{Cc}/gu, ' ');
  return shown.length > LONGEST_NAME ? `${shown.slice(0, LONGEST_NAME)}…` : shown;
}

/** The front desk ends and starts others, and cannot do that to itself. */
export class FrontDeskStaysError extends BaseError {
  constructor({ name, wish }: { name: string; wish: string }) {
    super(
      `${name} looks after the others and is not ${wish}: stop the company (Ctrl-C in "npm start") and start it again.`,
    );
  }
}

/** What was approved does not come to be. */
export class CreationFailedError extends BaseError {
  constructor({ why }: { why: string }) {
    super(why);
  }
}

/** An approval of the end of a life that has ended already. */
export class FormerLifeError extends BaseError {
  constructor({ name }: { name: string }) {
    super(
      `That approval was for an earlier life of ${name}, which has been brought back since. Ask for its retirement again.`,
    );
  }
}

/** Something cannot be done with an agent in its state. */
export class AgentStateError extends BaseError {
  constructor({ name, state, wish }: { name: string; state: string; wish: string }) {
    super(`${name} is ${state} and cannot be ${wish} now.`, { details: { name, state } });
  }
}

/** Somebody wants an agent ended that is still being made. */
export class CreationStoppedError extends BaseError {
  constructor({ name, why }: { name: string; why: string }) {
    super(`The creation of ${name} was stopped: ${why}`);
  }
}

/** An agent was started anew by another process, which has it now. */
export class LifeLostError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`${name} runs in another process now.`);
  }
}

export class AgentNotReadyError extends BaseError {
  constructor({ name, waitedMs }: { name: string; waitedMs: number }) {
    super(`${name} did not get ready within ${Math.round(waitedMs / 1_000)} s.`, {
      isRetryable: true,
    });
  }
}

/** A restart that takes longer than one attempt at it. */
export class RestartUnfinishedError extends BaseError {
  constructor({ name, why }: { name: string; why: string }) {
    super(`${name} has not begun again yet: ${why}. It goes on.`, { isRetryable: true });
  }
}

export class LifecycleMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `${agent} looks after no agents: add @371os/plugin-lifecycle to its character's plugins.`,
    );
  }
}

export class LifecycleElsewhereError extends BaseError {
  constructor() {
    super('Agents are created and ended by the front desk: ask there.');
  }
}

export class LifecycleStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('What is known of the agents could not be read or kept: is the database up?', {
      cause,
      isRetryable: true,
    });
  }
}

export class NoHostingError extends BaseError {
  constructor({ what }: { what: string }) {
    super(`Nothing can be hosted on Akash here: ${what}.`);
  }
}

/** More instances than somebody approved. */
export class InstanceNotApprovedError extends BaseError {
  constructor({ name, most }: { name: string; most: number }) {
    super(
      `${name} may have ${String(most)} instance${most === 1 ? '' : 's'} by what was approved: scale it, and the owner is asked for more.`,
      { details: { name } },
    );
  }
}

/** One that could not be opened a short while ago. */
export class InstanceWaitsError extends BaseError {
  constructor(init: { name: string; index: number; failure: string | undefined }) {
    const { name, index, failure = '' } = init;
    super(
      `${index === 0 ? name : `${name}#${String(index)}`} is opened in a while. ${failure}`.trim(),
      {
        ...{ isRetryable: true, details: { name } },
      },
    );
  }
}

/** Nobody wants an instance any more that is being opened. */
export class InstanceUnwantedError extends BaseError {
  constructor() {
    super('The instance is not wanted any more.');
  }
}

export class SnapshotDamagedError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`What ${name} knew is damaged in the database, so it is not brought back with it.`);
  }
}

export class NoRunnerError extends BaseError {
  constructor() {
    super('This agent was started alone, so no other one can be started beside it.');
  }
}

export class NotPublishedError extends BaseError {
  constructor({ name, why }: { name: string; why: string }) {
    super(`The registration of ${name} was not published. ${why}`.trim(), { isRetryable: true });
  }
}

export class UnnamedAgentError extends BaseError {
  constructor() {
    super('Which agent is meant? Say its name, as /agents shows it.');
  }
}
