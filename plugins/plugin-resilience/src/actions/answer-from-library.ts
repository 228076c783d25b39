import {
  currentConversation,
  readSettings,
  ruledAction,
  runtimeSettings,
  type ActionCall,
  type ActionOutcome,
} from '@371os/kernel';
import { GATEWAY_SERVICE, gatewayOf, type GatewayService } from '@371os/plugin-gateway';
import { handOn, routerOf, routerSettings } from '@371os/plugin-router';
import { describeKeptAnswer } from '../domain/contents/kept-answer.ts';
import { isQuestion } from '../domain/contents/question.ts';
import { RESILIENCE_SERVICE, resilienceOf } from '../services/resilience-service.ts';

/**
 * Answers a question from what the nodes keep, in backup mode and without a language model; what they
 * have nothing on goes the way of every request. Only the front desk offers it.
 */
export const answerFromLibrary = ruledAction({
  name: 'ANSWER_FROM_LIBRARY',
  similes: ['LOOK_UP_KEPT_CONTENT', 'SEARCH_NODES'],
  description:
    'In backup mode, answers a question from the documents, records and earlier answers that the nodes of the organisation keep.',
  validate: async (runtime) => {
    if (!readSettings(routerSettings, runtimeSettings(runtime)).ROUTER_FRONT_DESK) return false;
    if (!runtime.hasService(RESILIENCE_SERVICE) || !runtime.hasService(GATEWAY_SERVICE))
      return false;
    try {
      const { backup } = await resilienceOf(runtime);
      return backup.mode.mode.state === 'backup';
    } catch {
      // Whoever asks for the resilience officer is told why it is not there.
      return false;
    }
  },
  rule: (text) => (isQuestion(text) ? {} : undefined),
  // Before the front desk hands on whatever it is asked, and after what it does itself.
  rulePriority: 150,
  example: [
    'How long is the warranty of the blue pump?',
    'This is not a new answer, but what north has kept:',
  ],
  work: async (call) => (await keptAnswer(call)) ?? handOn(call),
});

async function keptAnswer({
  runtime,
  message,
  principal,
}: ActionCall): Promise<ActionOutcome | undefined> {
  const { backup, library } = await resilienceOf(runtime);
  const { text = message.content.text ?? '', isConfidential = false } = currentConversation() ?? {};
  if (backup.mode.mode.state !== 'backup' || !isQuestion(text)) return undefined;
  const gateway: GatewayService = await gatewayOf(runtime);
  if (gateway.hasLanguageModel({ isConfidential })) return undefined;
  const router = await routerOf(runtime);
  if (await router.canByRule(text)) return undefined;
  try {
    const kept = await library.answer(text, principal, { isOnlyHere: isConfidential });
    if (!kept) return undefined;
    const { cid, node, title, score } = kept;
    return { text: describeKeptAnswer(kept), values: { cid, node, title, score } };
  } catch (error) {
    runtime.logger.warn({ src: 'resilience', error }, 'the library could not be asked');
    return undefined;
  }
}
