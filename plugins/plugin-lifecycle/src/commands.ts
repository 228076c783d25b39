import type { Command } from '@371os/kernel';
import { planWords } from './actions/create-agent.ts';
import { describeLife, describeStatus } from './domain/life-words.ts';
import { UnnamedAgentError } from './errors/lives.ts';
import { lifecycleOf, lifeDeskOf } from './services/lifecycle-service.ts';

/** The slash commands about agents' lives. */
export const commands: readonly Command[] = [
  {
    name: 'status',
    usage: '/status [NAME]',
    summary: 'tells where agents are in their lives, or one of them in full',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument }) => {
      const lifecycle = await lifecycleOf(runtime);
      if (argument === '') return (await lifecycle.roster()).map(describeLife).join('\n');
      return describeStatus(await (await lifecycle.desk()).status(argument, principal));
    },
  },
  {
    name: 'retire',
    usage: '/retire NAME',
    summary: 'asks for an agent to be ended; the owner approves it',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument, message }) => {
      if (argument === '') throw new UnnamedAgentError();
      const desk = await lifeDeskOf(runtime);
      const asked = { requester: principal, room: message.roomId, message: message.id };
      return planWords(await desk.retire(argument, undefined, asked)).text;
    },
  },
  {
    name: 'restart',
    usage: '/restart NAME',
    summary: 'lets an agent finish its tasks, and starts it again',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument, message }) => {
      if (argument === '') throw new UnnamedAgentError();
      const desk = await lifeDeskOf(runtime);
      return desk.restartInWords(argument, {
        ...{ requester: principal, room: message.roomId, message: message.id },
      });
    },
  },
];
