import type { IAgentRuntime, UUID } from '@elizaos/core';
import {
  processWide,
  readSettings,
  RoomSpeaker,
  runtimeSettings,
  identitySettings,
} from '@371os/kernel';
import { treasuryOf } from '@371os/plugin-treasury';
import { readAccount, type Account } from '../domain/account.ts';
import { budgetWarnings } from '../domain/budget-warning.ts';

// With several agents on a platform one of them tells of the company's money.
const teller = processWide('budget-teller', () => ({ agent: undefined as string | undefined }));

/** Tells the owner and the admins, in their own chats, when most of a budget is spent. */
export class BudgetWatch {
  readonly #runtime: IAgentRuntime;
  readonly #speaker: RoomSpeaker;
  readonly #roomOf: (account: Account) => Promise<UUID | undefined>;

  /** @param roomOf the room of a person's own chat, where the agent is on their platform */
  constructor(runtime: IAgentRuntime, roomOf: (account: Account) => Promise<UUID | undefined>) {
    this.#runtime = runtime;
    this.#roomOf = roomOf;
    this.#speaker = new RoomSpeaker(runtime);
    teller.agent ??= runtime.agentId;
  }

  /** @throws when the ledger cannot be read */
  async look(): Promise<void> {
    if (teller.agent !== this.#runtime.agentId) return;
    const { caps } = await (await treasuryOf(this.#runtime)).summary();
    const warnings = budgetWarnings(caps);
    if (warnings.length === 0) return;
    const rooms = await this.#rooms();
    for (const { text, sinceMs } of warnings)
      for (const roomId of rooms) await this.#speaker.sayOnce(roomId, text, sinceMs);
  }

  close(): void {
    if (teller.agent === this.#runtime.agentId) teller.agent = undefined;
  }

  async #rooms(): Promise<UUID[]> {
    const { OWNER_ACCOUNTS = '', ADMIN_ACCOUNTS = '' } = readSettings(
      identitySettings,
      runtimeSettings(this.#runtime),
    );
    const accounts = `${OWNER_ACCOUNTS},${ADMIN_ACCOUNTS}`.split(',');
    const rooms = await Promise.all(accounts.map((account) => this.#find(account.trim())));
    return rooms.flat();
  }

  async #find(text: string): Promise<UUID[]> {
    const account = readAccount(text);
    if (!account) return [];
    try {
      return [(await this.#roomOf(account)) ?? []].flat();
    } catch (error) {
      // One who cannot be reached is no reason not to tell the others.
      this.#runtime.logger.warn({ src: 'channels', error }, `${text} has no chat with this agent`);
      return [];
    }
  }
}
