import { BaseError } from '@371os/kernel';

/** An action that is another officer's. */
export class NotMyOfficeError extends BaseError {
  constructor(init: { action: string; role: string; colleague?: string | undefined }) {
    const { action, role, colleague } = init;
    const whom = colleague ?? `the agent whose settings.routing.role is ${role}`;
    super(`${action} is the work of the ${role}: ask ${whom}.`, { details: { action, role } });
  }
}

/** Something that should be a number and is not, or lies out of its range. */
export class InvalidFigureError extends BaseError {
  constructor({ what, text, expected }: { what: string; text: string; expected: string }) {
    const shown = text.trim().slice(0, 40);
    super(`"${shown}" is not ${what}: ${expected}.`, { details: { what, text: shown } });
  }
}

/** What an action needs to know and was not told. */
export class MissingInputError extends BaseError {
  constructor({ missing, example }: { missing: string; example: string }) {
    super(`I was not told ${missing}. Write it like: ${example}`, { details: { missing } });
  }
}

/** Prices that cannot be compared as they are. */
export class MixedPricesError extends BaseError {
  constructor({ units }: { units: readonly string[] }) {
    super(
      `These prices are in different units (${units.join(' and ')}): convert them to one currency and one period first, then ask again.`,
      { details: { units } },
    );
  }
}

/** A request has been handed on so often that it goes nowhere. */
export class TooManyHopsError extends BaseError {
  constructor({ hops, mostHops }: { hops: number; mostHops: number }) {
    super(
      `This request has been handed on ${String(hops)} times, and ${String(mostHops)} is the most: I do not pass it on again. Say which officer is to do what.`,
      { details: { hops, mostHops } },
    );
  }
}

/** The plugin is not loaded, or did not come up in time. */
export class CsuiteMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `Agent ${agent} has no officers' desk that runs: add @371os/plugin-csuite to the plugins of its character and restart.`,
      { isRetryable: true, details: { agent } },
    );
  }
}
