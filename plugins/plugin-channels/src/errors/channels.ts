import { BaseError } from '@371os/kernel';

/** A platform does not know the token of an agent. */
export class WrongTokenError extends BaseError {
  constructor({ agent, setting }: { agent: string; setting: string }) {
    super(
      `Telegram does not know the bot token of ${agent}, which is therefore not there: take the right one from @BotFather, set ${setting} to it and start again.`,
      { details: { agent } },
    );
  }
}

/** Two programs, or two agents, would listen with one token. */
export class TokenInUseError extends BaseError {
  constructor({ agent, by }: { agent: string; by?: string }) {
    super(
      `The bot token of ${agent} is used by ${by ?? 'another program'}, too, and only one can listen: every agent needs a bot of its own from @BotFather. ${
        by === undefined
          ? 'Stop the other program; this one takes over by itself.'
          : `${agent} is not on Telegram until it has one.`
      }`,
      { details: { agent }, isRetryable: by === undefined },
    );
  }
}

/** A platform cannot be reached. */
export class PlatformUnreachableError extends BaseError {
  constructor({ agent, platform, cause }: { agent: string; platform: string; cause: unknown }) {
    super(
      `${platform} cannot be reached, so ${agent} hears nobody there; it is tried again by itself. Check the network, and TELEGRAM_API_ROOT if it is set.`,
      { cause, isRetryable: true, details: { agent } },
    );
  }
}

/** Something cannot be said where it should be. */
export class NotDeliveredError extends BaseError {
  constructor({ place, problem, cause }: { place: string; problem: string; cause?: unknown }) {
    super(`The message could not be sent to ${place}: ${problem}.`, { cause, details: { place } });
  }
}

/** The plugin is not loaded, or did not come up in time. */
export class ChannelsMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `Agent ${agent} has no channels that run: add @371os/plugin-channels to the plugins of its character and restart.`,
      { details: { agent } },
    );
  }
}
