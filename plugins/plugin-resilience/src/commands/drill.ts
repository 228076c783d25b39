import type { Command } from '@371os/kernel';
import { askedWords } from '../actions/run-resilience-drill.ts';
import { describeDrill } from '../domain/drill-words.ts';
import { readDrillCommand } from '../domain/read-drill-request.ts';
import { drillDeskOf } from '../services/drill-desk-of.ts';

/** `/drill`: what drills have shown, and how to have one. */
export const drillCommand: Command = {
  name: 'drill',
  usage: '/drill [KIND TARGET [SECONDS] | abort]',
  summary: 'tells of drills, asks for one (the owner approves it), or ends what runs',
  minimumRole: 'admin',
  run: async ({ runtime, principal, argument, message }) => {
    const desk = await drillDeskOf(runtime);
    if (argument === '') {
      const drills = await desk.list(principal);
      return drills.length === 0 ? 'There was no drill yet.' : drills.map(describeDrill).join('\n');
    }
    if (argument === 'abort') {
      const ended = await desk.abort(principal);
      return ended.length === 0 ? 'No drill runs or waits.' : `Ended: ${ended.join(', ')}.`;
    }
    const asked = { requester: principal, room: message.roomId, message: message.id };
    return askedWords(await desk.ask(readDrillCommand(argument), asked)).text;
  },
};
