import { Service, type IAgentRuntime } from '@elizaos/core';
import { explainError, isReplica, serviceOf } from '@371os/kernel';
import { agentToken } from './agent-token.ts';
import { ChannelsMissingError } from '../errors/channels.ts';

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
}

/** Where an agent can be met outside: on each platform that it has a token for. */
export class ChannelsService extends Service {
  static override readonly serviceType = CHANNELS_SERVICE;
  override readonly capabilityDescription = 'Where people meet this agent outside.';

  #problem: string | undefined;

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
    if (this.#problem !== undefined) return this.#problem;
    const channel = this.runtime.getService('telegram') as (Channel & Service) | null;
    return channel?.state.words ?? NOWHERE;
  }

  override stop(): Promise<void> {
    return Promise.resolve();
  }

  async #open(): Promise<void> {
    const { runtime } = this;
    // A replica helps with tasks; the voice is the agent's own process.
    if (isReplica() || !agentToken(runtime, 'TELEGRAM_BOT_TOKEN')) return;
    // Who is not on Telegram pays nothing for it.
    const { TelegramChannel } = await import('./telegram-service.ts');
    await runtime.registerService(TelegramChannel);
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
