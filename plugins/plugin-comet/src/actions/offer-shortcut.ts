import type { IAgentRuntime, Memory } from '@elizaos/core';
import {
  currentConversation,
  readSettings,
  ruledAction,
  runtimeSettings,
  usageOf,
} from '@371os/kernel';
import { handOn, routerSettings } from '@371os/plugin-router';
import { argumentsOf } from '../commands/shortcut-arguments.ts';
import type { Shortcut } from '../domain/shortcut.ts';
import { COMET_SERVICE, cometOf } from '../services/comet-service.ts';

/**
 * Offers a shortcut to whoever asks in plain words for what it does; nothing is run. What no shortcut is
 * for goes the way of every request. Only the front desk offers it.
 */
export const offerShortcut = ruledAction({
  name: 'OFFER_SHORTCUT',
  similes: ['SUGGEST_SHORTCUT', 'PROPOSE_COMMAND'],
  description:
    'Tells which slash command does what the person asks for in plain words, such as /generate-dev-docs for developer docs.',
  validate: async (runtime, message) => {
    if (!readSettings(routerSettings, runtimeSettings(runtime)).ROUTER_FRONT_DESK) return false;
    if (!runtime.hasService(COMET_SERVICE)) return false;
    try {
      return (await offersFor(runtime, message)).length > 0;
    } catch (error) {
      // The request is handed on as if there were no shortcuts.
      runtime.logger.warn({ src: 'comet', error }, 'it was not found out whether a shortcut fits');
      return false;
    }
  },
  rule: (text) => (text.trim() === '' ? undefined : {}),
  // Before the front desk hands on whatever it is asked, and after what it does itself.
  rulePriority: 120,
  example: [
    'Write developer docs for our ticket shop',
    'There is a shortcut for this: /generate-dev-docs SUBJECT',
  ],
  work: async (call) => {
    const { runtime, message } = call;
    const found = await offersFor(runtime, message);
    if (found.length === 0) return handOn(call);
    const { offers } = await (await cometOf(runtime)).open();
    offers.note(message.roomId, textOf(message));
    return {
      text: offerWords(found),
      values: { shortcuts: found.map(({ name }) => name).join(', ') },
    };
  },
});

async function offersFor(runtime: IAgentRuntime, message: Memory): Promise<Shortcut[]> {
  const { offers } = await (await cometOf(runtime)).open();
  return offers.find(textOf(message), message.roomId);
}

function textOf(message: Memory): string {
  return currentConversation()?.text ?? message.content.text ?? '';
}

function offerWords(found: readonly Shortcut[]): string {
  const lines = found.map(
    (shortcut) => `${usageOf(shortcut.name, argumentsOf(shortcut))} - ${shortcut.description}`,
  );
  const what = found.length === 1 ? 'There is a shortcut for this' : 'There are shortcuts for this';
  return [`${what}:`, ...lines, 'Say the same again to have it handed on without one.'].join('\n');
}
