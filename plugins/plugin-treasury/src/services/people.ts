import type { IAgentRuntime, Memory, UUID } from '@elizaos/core';
import { currentConversation, principalOf, SYSTEM } from '@371os/kernel';
import { TREASURY_SERVICE, type TreasuryService } from './treasury-service.ts';

/** Whether an entity is an agent of this company. */
export function isAgent(runtime: IAgentRuntime, entityId: UUID): boolean {
  return entityId === runtime.agentId || runtime.elizaOS?.getAgent(entityId) !== undefined;
}

/**
 * Lets held tasks go on when the person they work for writes: put before an agent's message
 * service, since a message is worked on as soon as it gets there.
 */
export function watchPeople(runtime: IAgentRuntime): void {
  // The message service exists only once the agent is initialised; one that fails needs no watch.
  void runtime.initPromise.then(
    () => decorate(runtime),
    () => undefined,
  );
}

function decorate(runtime: IAgentRuntime): void {
  const service = runtime.messageService;
  if (!service) return;
  const handle = service.handleMessage.bind(service);
  service.handleMessage = async (agent, message, callback, options) => {
    await noticePerson(runtime, message);
    return handle(agent, message, callback, options);
  };
}

async function noticePerson(runtime: IAgentRuntime, message: Memory): Promise<void> {
  const treasury = runtime.getService<TreasuryService>(TREASURY_SERVICE);
  if (!treasury || (currentConversation()?.hops ?? 0) > 0) return;
  const principal = principalOf(runtime, message);
  if (principal.id === SYSTEM.id || isAgent(runtime, message.entityId)) return;
  try {
    await treasury.personSpoke(principal.id);
  } catch (error) {
    // The message is still answered: what is held stays held.
    runtime.logger.warn({ src: 'treasury:people', error }, 'held tasks could not be let go on');
  }
}
