import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4FunctionTool,
  LanguageModelV4Message,
  LanguageModelV4TextPart,
  LanguageModelV4ToolChoice,
} from '@ai-sdk/provider';
import type {
  ChatMessage,
  ContentPart,
  JsonFormat,
  Tool,
  ToolCall,
  ToolChoice,
} from '../domain/chat.ts';
import { ModelCallError } from '../errors.ts';
import type { ChatRequest } from '../ports.ts';

/** A request as the AI SDK's models take it. */
export function callOptions(request: ChatRequest, signal: AbortSignal): LanguageModelV4CallOptions {
  const { stopSequences, ...sampling } = request.sampling ?? {};
  return {
    prompt: request.messages.map((message) => messageOf(message, request.messages)),
    maxOutputTokens: request.maxTokens,
    abortSignal: signal,
    ...given(sampling),
    ...(stopSequences?.length ? { stopSequences: [...stopSequences] } : {}),
    ...(request.tools?.length ? { tools: request.tools.map(toolOf) } : {}),
    ...(request.tools?.length && request.toolChoice
      ? { toolChoice: toolChoiceOf(request.toolChoice) }
      : {}),
    ...(request.json ? { responseFormat: responseFormatOf(request.json) } : {}),
  };
}

function messageOf(message: ChatMessage, all: readonly ChatMessage[]): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return message;
    case 'user':
      return { role: 'user', content: userContent(message.content) };
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.content === '' ? [] : [{ type: 'text' as const, text: message.content }]),
          ...(message.toolCalls ?? []).map(toolCallPart),
        ],
      };
    case 'tool':
      return {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: message.toolCallId,
            toolName: toolNameOf(message.toolCallId, all),
            output: { type: 'text', value: message.content },
          },
        ],
      };
  }
}

function userContent(
  content: string | readonly ContentPart[],
): (LanguageModelV4TextPart | LanguageModelV4FilePart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part) => (part.type === 'text' ? part : imagePart(part.url)));
}

function imagePart(url: string): LanguageModelV4FilePart {
  if (!URL.canParse(url))
    throw new ModelCallError({
      failure: 'not-sent',
      reason: 'was shown a picture without an address',
    });
  const inline = /^data:(image\/[\w.+-]+);base64,/.exec(url);
  return inline
    ? {
        type: 'file',
        mediaType: inline[1] ?? 'image',
        data: { type: 'data', data: url.slice(inline[0].length) },
      }
    : { type: 'file', mediaType: 'image', data: { type: 'url', url: new URL(url) } };
}

function toolCallPart({ id, name, arguments: input }: ToolCall) {
  return { type: 'tool-call' as const, toolCallId: id, toolName: name, input: parsed(input) };
}

// A model that wrote no JSON is told what it wrote.
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function toolNameOf(toolCallId: string, messages: readonly ChatMessage[]): string {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []) : [],
  );
  return calls.find(({ id }) => id === toolCallId)?.name ?? 'tool';
}

function toolOf({ name, description, parameters }: Tool): LanguageModelV4FunctionTool {
  return {
    type: 'function',
    name,
    inputSchema: parameters,
    ...(description === undefined ? {} : { description }),
  };
}

function toolChoiceOf(choice: ToolChoice): LanguageModelV4ToolChoice {
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.tool };
}

function responseFormatOf({
  schema,
  name,
}: JsonFormat): NonNullable<LanguageModelV4CallOptions['responseFormat']> {
  return {
    type: 'json',
    ...(schema === undefined ? {} : { schema }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The fields that have a value. */
function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
}
