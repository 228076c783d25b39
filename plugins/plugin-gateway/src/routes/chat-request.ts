import { z } from 'zod';
import type { ChatMessage, ContentPart, Tool, ToolChoice } from '../domain/chat.ts';
import type { ModelCall } from '../domain/model-call.ts';

// OpenAI's chat completions. A null counts as not given, as it does there; fields that are not
// named here are passed over.

const textPart = z.object({ type: z.literal('text'), text: z.string() });
const textContent = z.union([z.string(), z.array(textPart)], 'text is expected');

const imagePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z
      .string()
      .regex(/^(?:https:\/\/|data:image\/)/, 'an https: or data:image/ address is expected'),
  }),
});

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: textContent }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]),
  }),
  z.object({
    role: z.literal('assistant'),
    content: textContent.nullish(),
    tool_calls: z.array(toolCall).nullish(),
  }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: textContent }),
]);

const jsonObject = z.record(z.string(), z.unknown());

const tool = z.object({
  type: z.literal('function'),
  function: z.object({
    name: z.string().regex(/^[\w-]{1,64}$/, 'up to 64 letters, digits, _ and - are expected'),
    description: z.string().nullish(),
    parameters: jsonObject.nullish(),
  }),
});

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({ name: z.string(), schema: jsonObject.nullish() }),
  }),
]);

const tokenLimit = z.int().positive().nullish();
const penalty = z.number().min(-2).max(2).nullish();

/** The body of a request for a chat completion. */
export const chatRequest = z.object({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  n: z.literal(1, 'this server gives one answer a request').nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: tokenLimit,
  max_completion_tokens: tokenLimit,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  tools: z.array(tool).max(128).nullish(),
  tool_choice: toolChoice.nullish(),
  response_format: responseFormat.nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

export type ChatRequestBody = z.output<typeof chatRequest>;

/** The call that a request asks for, but for its model. */
export function modelCallOf(
  body: ChatRequestBody,
): Omit<ModelCall & { messages: ChatMessage[] }, 'model'> {
  return {
    messages: body.messages.map(messageOf),
    tools: body.tools?.map(toolOf),
    toolChoice: toolChoiceOf(body.tool_choice),
    json: jsonFormatOf(body.response_format),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    sampling: {
      temperature: body.temperature ?? undefined,
      topP: body.top_p ?? undefined,
      frequencyPenalty: body.frequency_penalty ?? undefined,
      presencePenalty: body.presence_penalty ?? undefined,
      seed: body.seed ?? undefined,
      stopSequences: typeof body.stop === 'string' ? [body.stop] : (body.stop ?? undefined),
    },
  };
}

function messageOf(message: ChatRequestBody['messages'][number]): ChatMessage {
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: textOf(message.content) };
    case 'user':
      return {
        role: 'user',
        content:
          typeof message.content === 'string' ? message.content : message.content.map(partOf),
      };
    case 'assistant':
      return {
        role: 'assistant',
        content: textOf(message.content ?? ''),
        toolCalls: message.tool_calls?.map(({ id, function: called }) => ({ id, ...called })),
      };
    case 'tool':
      return {
        role: 'tool',
        toolCallId: message.tool_call_id,
        content: textOf(message.content),
      };
  }
}

function textOf(content: string | readonly { text: string }[]): string {
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('');
}

function partOf(part: z.output<typeof textPart> | z.output<typeof imagePart>): ContentPart {
  return part.type === 'text' ? part : { type: 'image', url: part.image_url.url };
}

function toolOf({ function: { name, description, parameters } }: z.output<typeof tool>): Tool {
  return {
    name,
    description: description ?? undefined,
    parameters: parameters ?? { type: 'object', properties: {} },
  };
}

function toolChoiceOf(choice: ChatRequestBody['tool_choice']): ToolChoice | undefined {
  if (typeof choice === 'object' && choice !== null) return { tool: choice.function.name };
  return choice ?? undefined;
}

function jsonFormatOf(format: ChatRequestBody['response_format']): ModelCall['json'] {
  switch (format?.type) {
    case 'json_object':
      return {};
    case 'json_schema':
      return {
        name: format.json_schema.name,
        schema: format.json_schema.schema ?? undefined,
      };
    case 'text':
    case undefined:
      return undefined;
  }
}
