import { BaseError } from '@371os/kernel';

/** A platform, for a person who has to mend something about it. */
export interface PlatformWords {
  readonly name: string;
  /** Where the tokens of its bots are. */
  readonly tokensAt: string;
  readonly rootSetting: string;
}

export const TELEGRAM: PlatformWords = {
  name: 'Telegram',
  tokensAt: '@BotFather',
  rootSetting: 'TELEGRAM_API_ROOT',
};

export const DISCORD: PlatformWords = {
  name: 'Discord',
  tokensAt: 'https://discord.com/developers/applications',
  rootSetting: 'DISCORD_API_ROOT',
};

interface AgentThere {
  readonly agent: string;
  readonly platform: PlatformWords;
}

/** A platform does not know the token of an agent. */
export class WrongTokenError extends BaseError {
  constructor({ agent, platform, setting }: AgentThere & { setting: string }) {
    const { name, tokensAt } = platform;
    super(
      `${name} does not know the bot token of ${agent}, which is therefore not there: take the right one from ${tokensAt}, set ${setting} to it and start again.`,
      { details: { agent } },
    );
  }
}

/** Two programs, or two agents, would listen with one token. */
export class TokenInUseError extends BaseError {
  constructor({ agent, platform, by }: AgentThere & { by?: string }) {
    const { name, tokensAt } = platform;
    super(
      `The bot token of ${agent} is used by ${by ?? 'another program'}, too, and only one can listen: every agent needs a bot of its own from ${tokensAt}. ${
        by === undefined
          ? 'Stop the other program; this one takes over by itself.'
          : `${agent} is not on ${name} until it has one.`
      }`,
      { details: { agent }, isRetryable: by === undefined },
    );
  }
}

/** A platform cannot be reached. */
export class PlatformUnreachableError extends BaseError {
  constructor({ agent, platform, cause }: AgentThere & { cause: unknown }) {
    const { name, rootSetting } = platform;
    super(
      `${name} cannot be reached, so ${agent} hears nobody there; it is tried again by itself. Check the network, and ${rootSetting} if it is set.`,
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
