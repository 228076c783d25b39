import type { Command } from '@371os/kernel';
import { beginFailover } from '../actions/fail-over.ts';
import { describeFailovers } from '../domain/failover-words.ts';
import { resilienceOf } from '../services/resilience-service.ts';

/** The slash command about failovers. */
export const failoverCommands: readonly Command[] = [
  {
    name: 'failover',
    usage: '/failover [NAME]',
    summary: 'lists what was failed over and how long it took, or moves a hosted agent',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument, message }) => {
      const { failovers } = await resilienceOf(runtime);
      const wish = { name: argument, by: principal, room: message.roomId };
      if (argument !== '') return beginFailover(failovers, wish);
      const { failovers: newest, took } = await failovers.report();
      return describeFailovers(newest, took);
    },
  },
];
