import type { ChatMessage, ToolCall } from './chat.ts';

// The form that the conventions for generative AI give to what was asked and answered.

interface TextPart {
  readonly type: 'text';
  readonly content: string;
}

/** What a model was asked, as the JSON of a span's attribute. Pictures are left out. */
export function promptContent(messages: readonly ChatMessage[]): string {
  return JSON.stringify(
    messages.map((message) => ({ role: message.role, parts: partsOf(message) })),
  );
}

/** What it has answered, as the JSON of a span's attribute. */
export function answerContent(answer: {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
}): string {
  const parts = [...textParts(answer.text), ...answer.toolCalls.map(toolCallPart)];
  return JSON.stringify([{ role: 'assistant', parts, finish_reason: answer.finishReason }]);
}

function partsOf(message: ChatMessage): unknown[] {
  switch (message.role) {
    case 'tool':
      return [{ type: 'tool_call_response', id: message.toolCallId, response: message.content }];
    case 'assistant':
      return [...textParts(message.content), ...(message.toolCalls ?? []).map(toolCallPart)];
    case 'system':
      return textParts(message.content);
    case 'user':
      return typeof message.content === 'string'
        ? textParts(message.content)
        : message.content.flatMap((part) => (part.type === 'text' ? textParts(part.text) : []));
  }
}

function textParts(content: string): TextPart[] {
  return content === '' ? [] : [{ type: 'text', content }];
}

function toolCallPart({ id, name, arguments: input }: ToolCall): unknown {
  return { type: 'tool_call', id, name, arguments: input };
}
