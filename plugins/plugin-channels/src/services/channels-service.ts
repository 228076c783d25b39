import { Service, type IAgentRuntime, type UUID } from '@elizaos/core';
import { every, explainError, isReplica, serviceOf } from '@371os/kernel';
import type { ChannelState } from '../domain/channel-state.ts';
import { ChannelsMissingError } from '../errors/channels.ts';
import { agentToken } from './agent-token.ts';
import { BudgetWatch } from './budget-watch.ts';

declare module '@elizaos/core' {
  interface ServiceTypeRegistry {
    CHANNELS: 'channels';
  }
}

/** The name under which an agent finds where it can be met. */
export const CHANNELS_SERVICE = 'channels';

/** A connection to a platform. */
interface Channel extends Service {
  readonly state: ChannelState;
  readonly settled: Promise<unknown>;
  roomOf(personId: string): Promise<UUID>;
}

interface Platform {
  readonly name: string;
  /** The setting of a bot's token. */
  readonly token: string;
  readonly load: () => Promise<Parameters<IAgentRuntime['registerService']>[0]>;
}

// Who is not on a platform pays nothing for it.
const PLATFORMS: readonly Platform[] = [
  {
    ...{ name: 'telegram', token: 'TELEGRAM_BOT_TOKEN' },
    load: async () => (await import('./telegram-service.ts')).TelegramChannel,
  },
  {
    ...{ name: 'discord', token: 'DISCORD_API_TOKEN' },
    load: async () => (await import('./discord-service.ts')).DiscordChannel,
  },
];

const LOOK_MS = 60_000;

/** Where an agent can be met outside: on each platform that it has a token for. */
export class ChannelsService extends Service {
  static override readonly serviceType = CHANNELS_SERVICE;
  override readonly capabilityDescription = 'Where people meet this agent outside.';

  #problem: string | undefined;
  #platforms: readonly Platform[] = [];
  #budget: BudgetWatch | undefined;
  #endWatch: () => void = () => undefined;

  static override async start(runtime: IAgentRuntime): Promise<ChannelsService> {
    const service = new ChannelsService(runtime);
    try {
      await service.#open();
    } catch (error) {
      service.#problem = explainError(error);
      runtime.logger.error({ src: 'channels', error }, service.#problem);
    }
    return service;
  }

  /** How each connection stands, one a line. */
  get words(): string {
    const lines = [this.#problem ?? [], this.#channels.map(({ state }) => state.words)].flat();
    return lines.length > 0 ? lines.join('\n') : NOWHERE;
  }

  /** Whether this agent is meant to be on a platform. */
  get isAnywhere(): boolean {
    return this.#problem !== undefined || this.#channels.length > 0;
  }

  /** Resolves when it is known how each connection stands. */
  async settled(): Promise<void> {
    await Promise.all(this.#channels.map(({ settled }) => settled));
  }

  /** Tells of a budget that is mostly spent, as it does by itself every minute. */
  async lookAtBudget(): Promise<void> {
    await this.#budget?.look();
  }

  override stop(): Promise<void> {
    this.#endWatch();
    this.#budget?.close();
    return Promise.resolve();
  }

  get #channels(): Channel[] {
    return this.#platforms.flatMap(({ name }) => this.runtime.getService<Channel>(name) ?? []);
  }

  async #open(): Promise<void> {
    const { runtime } = this;
    // A replica helps with tasks; the voice is the agent's own process.
    if (isReplica()) return;
    this.#platforms = PLATFORMS.filter(({ token }) => agentToken(runtime, token));
    if (this.#platforms.length === 0) return;
    this.#budget = new BudgetWatch(runtime, async ({ platform, id }) =>
      this.#platforms.some(({ name }) => name === platform)
        ? runtime.getService<Channel>(platform)?.roomOf(id)
        : undefined,
    );
    this.#endWatch = every(
      LOOK_MS,
      () => this.lookAtBudget(),
      (error) => runtime.logger.warn({ src: 'channels', error }, 'the budget was not looked at'),
    );
    for (const { load } of this.#platforms) await runtime.registerService(await load());
  }
}

const NOWHERE =
  'This agent is on no platform: set TELEGRAM_BOT_TOKEN to the token of a bot from @BotFather, or DISCORD_API_TOKEN to one from https://discord.com/developers/applications, and start again.';

/** Where an agent can be met. @throws ChannelsMissingError */
export async function channelsOf(runtime: IAgentRuntime): Promise<ChannelsService> {
  return serviceOf<ChannelsService>(runtime, {
    type: CHANNELS_SERVICE,
    plugin: 'channels',
    missing: () => new ChannelsMissingError({ agent: runtime.character.name }),
  });
}
