import { requireRole, type Command } from '@371os/kernel';
import { decide } from './actions/decide-request.ts';
import { exportToChat } from './actions/export-ledger.ts';
import { announceRequest, describeRequests } from './domain/approval-words.ts';
import { describeBudget } from './domain/budget-words.ts';
import { capOf, readCapCommand } from './domain/cap-request.ts';
import { treasuryOf } from './services/treasury-service.ts';

/** The treasury's slash commands. */
export const commands: readonly Command[] = [
  {
    name: 'budget',
    usage: '/budget',
    summary: 'shows what is left and what it was spent on',
    minimumRole: 'admin',
    run: async ({ runtime }) => describeBudget(await (await treasuryOf(runtime)).summary()),
  },
  {
    name: 'requests',
    usage: '/requests',
    summary: 'lists what waits for an approval',
    minimumRole: 'admin',
    run: async ({ runtime }) =>
      describeRequests(await (await treasuryOf(runtime)).approvals.pending()),
  },
  {
    name: 'approve',
    usage: '/approve ID',
    summary: 'approves a request and has it carried out',
    minimumRole: 'admin',
    run: ({ runtime, message, argument }) =>
      decide(runtime, message, { verdict: 'approve', id: argument }),
  },
  {
    name: 'decline',
    usage: '/decline ID',
    summary: 'turns a request down',
    minimumRole: 'admin',
    run: ({ runtime, message, argument }) =>
      decide(runtime, message, { verdict: 'decline', id: argument }),
  },
  {
    name: 'ledger',
    usage: '/ledger',
    summary: 'exports the ledger as CSV; /ledger accept takes it for the truth after damage',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument }) => {
      const treasury = await treasuryOf(runtime);
      if (argument.toLowerCase() !== 'accept') return exportToChat(treasury);
      requireRole(principal, 'owner', 'accept a damaged ledger');
      await treasury.acceptLedger();
      return 'The ledger as it is now stands; balances follow it and spending goes on.';
    },
  },
  {
    name: 'cap',
    usage: '/cap CATEGORY AMOUNT [WINDOW]',
    summary: 'asks the owner to set a cap, such as /cap llm 50 month',
    minimumRole: 'admin',
    run: async ({ runtime, message, principal, argument }) => {
      const cap = capOf(readCapCommand(argument));
      const asked = { requester: principal, room: message.roomId, message: message.id };
      return announceRequest(await (await treasuryOf(runtime)).requestCap(cap, asked));
    },
  },
];
