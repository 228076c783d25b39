import { createUniqueUuid, type IAgentRuntime } from '@elizaos/core';
import {
  processWide,
  readSettings,
  RoomSpeaker,
  runtimeSettings,
  identitySettings,
} from '@371os/kernel';
import { treasuryOf } from '@371os/plugin-treasury';
import { readAccount } from '../domain/account.ts';
import { budgetWarnings } from '../domain/budget-warning.ts';

// With several agents on a platform one of them tells of the company's money.
const teller = processWide('budget-teller', () => ({ agent: undefined as string | undefined }));

/** Tells the owner and the admins, in their own chats, when most of a budget is spent. */
export class BudgetWatch {
  readonly #runtime: IAgentRuntime;
  readonly #speaker: RoomSpeaker;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
    this.#speaker = new RoomSpeaker(runtime);
    teller.agent ??= runtime.agentId;
  }

  /** @throws when the ledger cannot be read */
  async look(): Promise<void> {
    if (teller.agent !== this.#runtime.agentId) return;
    const { caps } = await (await treasuryOf(this.#runtime)).summary();
    for (const { text, sinceMs } of budgetWarnings(caps))
      for (const roomId of this.#rooms()) await this.#speaker.sayOnce(roomId, text, sinceMs);
  }

  close(): void {
    if (teller.agent === this.#runtime.agentId) teller.agent = undefined;
  }

  // A person's own chat has the person's id; there is a room for it once they have written.
  #rooms(): string[] {
    const { OWNER_ACCOUNTS = '', ADMIN_ACCOUNTS = '' } = readSettings(
      identitySettings,
      runtimeSettings(this.#runtime),
    );
    return `${OWNER_ACCOUNTS},${ADMIN_ACCOUNTS}`.split(',').flatMap((account) => {
      const { platform, id } = readAccount(account.trim()) ?? {};
      return platform === 'telegram' && id ? [createUniqueUuid(this.#runtime, id)] : [];
    });
  }
}
