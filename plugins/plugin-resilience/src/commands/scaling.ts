import type { Command } from '@371os/kernel';
import { changeScale, wantedCount } from '../actions/scale-agent.ts';
import { UnclearScaleError } from '../errors/scaling.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const ARGUMENT = /^(?<name>.+?)(?:\s+(?<count>\d{1,4}|auto))?$/i;

/** The slash command about instances. */
export const scalingCommands: readonly Command[] = [
  {
    name: 'scale',
    usage: '/scale [NAME [COUNT|auto]]',
    summary: 'explains how agents are scaled, or sets how many instances one has',
    minimumRole: 'admin',
    run: async ({ runtime, principal, argument }) => {
      const { scaling } = await resilienceOf(runtime);
      if (argument === '') return listed(scaling.agents);
      const { name = '', count } = ARGUMENT.exec(argument)?.groups ?? {};
      const wanted = wantedCount.optional().safeParse(count?.toLowerCase());
      if (!wanted.success) throw new UnclearScaleError();
      return changeScale(scaling, { name, count: wanted.data, by: principal.id });
    },
  },
];

function listed(agents: readonly string[]): string {
  return agents.length === 0
    ? 'No agent is scaled: RESILIENCE_SCALING says which are, and how far.'
    : `These are scaled: ${agents.join(', ')}. /scale NAME explains one.`;
}
