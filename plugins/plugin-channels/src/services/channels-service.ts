import { Service, type IAgentRuntime } from '@elizaos/core';
import { every, explainError, isReplica, serviceOf } from '@371os/kernel';
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

/** How a connection stands, for a person. */
interface Channel {
  readonly state: { readonly words: string };
  readonly settled: Promise<unknown>;
}

const LOOK_MS = 60_000;

/** Where an agent can be met outside: on each platform that it has a token for. */
export class ChannelsService extends Service {
  static override readonly serviceType = CHANNELS_SERVICE;
  override readonly capabilityDescription = 'Where people meet this agent outside.';

  #problem: string | undefined;
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
    return this.#problem ?? this.#channel?.state.words ?? NOWHERE;
  }

  /** Whether this agent is meant to be on a platform. */
  get isAnywhere(): boolean {
    return this.#problem !== undefined || this.#channel !== null;
  }

  /** Resolves when it is known how each connection stands. */
  async settled(): Promise<void> {
    await this.#channel?.settled;
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

  get #channel(): Channel | null {
    return this.runtime.getService<Channel & Service>('telegram');
  }

  async #open(): Promise<void> {
    const { runtime } = this;
    // A replica helps with tasks; the voice is the agent's own process.
    if (isReplica() || !agentToken(runtime, 'TELEGRAM_BOT_TOKEN')) return;
    // Who is not on Telegram pays nothing for it.
    const { TelegramChannel } = await import('./telegram-service.ts');
    await runtime.registerService(TelegramChannel);
    this.#budget = new BudgetWatch(runtime);
    this.#endWatch = every(
      LOOK_MS,
      () => this.lookAtBudget(),
      (error) => runtime.logger.warn({ src: 'channels', error }, 'the budget was not looked at'),
    );
  }
}

const NOWHERE =
  'This agent is on no platform: set TELEGRAM_BOT_TOKEN to the token of a bot from @BotFather and start again.';

/** Where an agent can be met. @throws ChannelsMissingError */
export async function channelsOf(runtime: IAgentRuntime): Promise<ChannelsService> {
  return serviceOf<ChannelsService>(runtime, {
    type: CHANNELS_SERVICE,
    plugin: 'channels',
    missing: () => new ChannelsMissingError({ agent: runtime.character.name }),
  });
}
