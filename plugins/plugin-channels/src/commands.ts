import type { Command } from '@371os/kernel';
import { channelsOf } from './services/channels-service.ts';

/** `/channels`: where the agent is, and what is wrong where it should be. */
export const channelsCommand: Command = {
  name: 'channels',
  usage: '/channels',
  summary: 'says where this agent can be met, and what is wrong with it',
  minimumRole: 'admin',
  run: async ({ runtime }) => (await channelsOf(runtime)).words,
};
