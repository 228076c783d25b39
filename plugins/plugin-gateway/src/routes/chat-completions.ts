import type { RouteRequest } from '@elizaos/core';
import {
  authenticatedRoute,
  booleanSetting,
  inConversation,
  refuseNewWork,
  rememberConfidential,
  startConversation,
  systemClock,
  uuidSource,
} from '@371os/kernel';
import { z } from 'zod';
import { textOfMessages, type ChatMessage } from '../domain/chat.ts';
import { ChatRequestTooLargeError, InvalidChatRequestError } from '../errors.ts';
import { gatewayOf } from '../gateway-of.ts';
import { chatRequest, modelCallOf, type ChatRequestBody } from './chat-request.ts';
import { presentCompletion } from './chat-response.ts';
import { departureSignal } from './event-stream.ts';
import { presentOpenaiError } from './openai-error.ts';
import { wantedModel } from './openai-models.ts';
import { streamCompletion } from './stream-completion.ts';

const LARGEST_BODY_BYTES = 2_000_000;

/** OpenAI's chat completions, within the caps and the privacy of the agent that takes the call. */
export const chatCompletions = authenticatedRoute({
  type: 'POST',
  path: '/v1/chat/completions',
  minimumRole: 'guest',
  body: z.unknown(),
  presentError: presentOpenaiError,
  run: async ({ runtime, principal, request, response, body: raw }) => {
    refuseNewWork();
    const body = readBody(raw, request);
    const isConfidential = readConfidential(request, body);
    const signal = departureSignal(response);
    const gateway = await gatewayOf(runtime);
    const model = wantedModel(body.model, gateway.models());
    const call = { ...modelCallOf(body), model, signal };
    const head = {
      id: `chatcmpl-${uuidSource()}`,
      created: Math.floor(systemClock() / 1_000),
      model: body.model,
    };
    const conversation = startConversation({ principal, isConfidential, signal });
    return inConversation(conversation, async () => {
      if (isConfidential) rememberMessages(call.messages);
      if (!body.stream) {
        const answer = await gateway.generate(call);
        if (isConfidential) rememberConfidential(answer.text);
        return presentCompletion(head, answer);
      }
      const hasUsage = body.stream_options?.include_usage === true;
      const target = { response, signal, head, hasUsage };
      const text = await streamCompletion(target, gateway.stream(call));
      if (isConfidential) rememberConfidential(text);
      return undefined;
    });
  },
});

/** @throws ChatRequestTooLargeError, InvalidChatRequestError */
function readBody(raw: unknown, request: RouteRequest): ChatRequestBody {
  const sizeBytes = Number(headerOf(request, 'content-length') ?? JSON.stringify(raw).length);
  if (sizeBytes > LARGEST_BODY_BYTES)
    throw new ChatRequestTooLargeError({ sizeBytes, limitBytes: LARGEST_BODY_BYTES });
  const { data, error } = chatRequest.safeParse(raw);
  if (data) return data;
  const [issue] = error.issues;
  throw new InvalidChatRequestError({
    param: paramOf(issue?.path ?? []),
    problem: issue?.message ?? 'it has a wrong shape',
  });
}

/** The header `X-Confidential`, or `confidential` in the metadata. @throws InvalidChatRequestError */
function readConfidential(request: RouteRequest, { metadata }: ChatRequestBody): boolean {
  const wish = headerOf(request, 'x-confidential') ?? metadata?.['confidential'] ?? 'false';
  const { data } = booleanSetting.safeParse(wish);
  if (data !== undefined) return data;
  // Taking it for a no would send away what must stay.
  const problem = 'X-Confidential, or metadata.confidential, is true or false';
  throw new InvalidChatRequestError({ param: 'metadata', problem });
}

// The instructions of a program are the same for every call, so they give nothing away.
function rememberMessages(messages: readonly ChatMessage[]): void {
  for (const message of messages)
    if (message.role !== 'system') rememberConfidential(textOfMessages([message]));
}

function headerOf(request: RouteRequest, name: string): string | undefined {
  const value = request.headers?.[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `messages[0].content`, as OpenAI writes it. */
function paramOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}
