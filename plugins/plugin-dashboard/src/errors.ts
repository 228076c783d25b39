import { BaseError } from '@371os/kernel';

/** A browser's session is over, or was never begun. */
export class SessionRefusedError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(`Sign in again: ${problem}. "npx 371os dashboard" prints a link.`);
  }
}

/** No browser is signed in under an id. */
export class UnknownSessionError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`No session ${id} goes on: "npx 371os dashboard sessions list" shows those that do.`);
  }
}

/** The database did not say which browsers are signed in. */
export class SessionStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super('Which browsers are signed in is not known, since the database did not answer.', {
      ...{ cause, isRetryable: true },
    });
  }
}

/** A link to sign in with that is not good any more. */
export class SignInCodeError extends BaseError {
  constructor() {
    super('This link was used or is too old: "npx 371os dashboard" prints another.');
  }
}

/** What a panel shows could not be read in time. */
export class PanelTooSlowError extends BaseError {
  constructor({ panel, withinMs }: { panel: string; withinMs: number }) {
    super(`This was not known within ${withinMs / 1_000} s; it is asked for again.`, {
      isRetryable: true,
      details: { panel },
    });
  }
}

/** The plugin is not there, or did not start. */
export class DashboardMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(`${agent} has no dashboard: list @371os/plugin-dashboard in its character.`);
  }
}

/** There is no such file of the page. */
export class UnknownPageFileError extends BaseError {
  constructor() {
    super('There is no such file of the dashboard.');
  }
}
