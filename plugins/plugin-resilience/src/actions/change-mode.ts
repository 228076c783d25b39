import {
  currentConversation,
  ruledAction,
  type ActionCall,
  type ActionOutcome,
  type RuledAction,
  type RuledActionInit,
} from '@371os/kernel';
import { z } from 'zod';
import type { ModeState } from '../domain/mode.ts';
import { describeChange } from '../domain/mode-words.ts';
import { causeOf, readModeRequest } from '../domain/read-mode-request.ts';
import { ContraryModeError } from '../errors/mode.ts';
import { RESILIENCE_SERVICE, resilienceOf } from '../services/resilience-service.ts';

const input = z.object({ cause: z.string().optional().catch(undefined) });

type ModeActionInit = Pick<RuledActionInit, 'name' | 'similes' | 'description' | 'example'> & {
  readonly to: ModeState;
  readonly adminsOnly: string;
};

function modeAction({ to, ...init }: ModeActionInit): RuledAction {
  return ruledAction({
    ...init,
    parameters: { cause: { type: 'string', description: 'Why, in a few words', required: false } },
    validate: (runtime) => Promise.resolve(runtime.getService(RESILIENCE_SERVICE) !== null),
    rule: (text) => {
      const request = readModeRequest(text);
      if (request?.state !== to) return undefined;
      return request.cause === undefined ? {} : { cause: request.cause };
    },
    // The front desk hands on whatever it is asked, but for what it does itself.
    rulePriority: 200,
    work: (call) => changeMode(to, call),
  });
}

async function changeMode(to: ModeState, call: ActionCall): Promise<ActionOutcome> {
  const { runtime, message, principal, parameters } = call;
  // ElizaOS takes an action for another one whose name is a part of its own.
  const said = currentConversation()?.text ?? message.content.text ?? '';
  const asked = readModeRequest(said);
  if (asked && asked.state !== to) throw new ContraryModeError();
  const { cause } = input.parse(parameters);
  const order = { by: principal.id, cause: causeOf(cause) ?? `${principal.id} asked for it` };
  const change = await (await resilienceOf(runtime)).backup.mode.change(to, order);
  const { state } = change.mode;
  return { text: describeChange(change), values: { state, isChanged: change.isChanged } };
}

/** Enters backup mode. */
export const activateBackupMode = modeAction({
  to: 'backup',
  name: 'ACTIVATE_BACKUP_MODE',
  similes: ['ENTER_BACKUP_MODE'],
  description:
    'Enters backup mode: models on other machines are not asked any more, and this node goes on with what it has. Only when a person asks for it.',
  adminsOnly: 'enter backup mode',
  example: [
    'Activate backup mode because the uplink is being replaced',
    'Backup mode is on: the uplink is being replaced.',
  ],
});

/** Leaves backup mode. */
export const deactivateBackupMode = modeAction({
  to: 'normal',
  name: 'DEACTIVATE_BACKUP_MODE',
  similes: ['LEAVE_BACKUP_MODE'],
  description:
    'Leaves backup mode: models on other machines are asked again. Only when a person asks for it.',
  adminsOnly: 'leave backup mode',
  example: ['Leave backup mode', 'Backup mode is over: owner asked for it.'],
});
