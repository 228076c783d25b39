import type { Command } from '@371os/kernel';
import { describeChange, describeMode } from '../domain/mode-words.ts';
import { causeOf } from '../domain/read-mode-request.ts';
import { UnknownSwitchError } from '../errors/mode.ts';
import { resilienceOf } from '../services/resilience-service.ts';

/** `/backup`: tells the mode, or changes it. */
export const backupCommand: Command = {
  name: 'backup',
  usage: '/backup [on|off [REASON]]',
  summary: 'tells whether backup mode is on, enters or leaves it',
  minimumRole: 'admin',
  run: async ({ runtime, principal, argument }) => {
    const { mode } = (await resilienceOf(runtime)).backup;
    if (argument === '') return describeMode(mode.mode);
    const match = /^(on|off)(?:\s+([\s\S]+))?$/i.exec(argument);
    if (!match) throw new UnknownSwitchError();
    const to = match[1]?.toLowerCase() === 'on' ? 'backup' : 'normal';
    const cause = causeOf(match[2]) ?? `${principal.id} asked for it`;
    return describeChange(await mode.change(to, { by: principal.id, cause }));
  },
};
