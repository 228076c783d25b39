/** A JSON object, such as a JSON schema. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What a person shows a model. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  /** A `data:` URL, or an https address, which the provider fetches and never this process. */
  | { readonly type: 'image'; readonly url: string };

/** A model's wish to have a tool called; nothing here calls it. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it, so it may not parse. */
  readonly arguments: string;
}

export type ChatMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | {
      readonly role: 'assistant';
      readonly content: string;
      readonly toolCalls?: readonly ToolCall[] | undefined;
    }
  | { readonly role: 'tool'; readonly toolCallId: string; readonly content: string };

/** A function that the model may ask for. */
export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON schema of its arguments. */
  readonly parameters: JsonObject;
}

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string };

/** Any JSON, or JSON after a schema. */
export interface JsonFormat {
  readonly schema?: JsonObject | undefined;
  readonly name?: string | undefined;
}

export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other';

/** The messages of a call that was given as one prompt. */
export function promptMessages(prompt: string, system: string | undefined): ChatMessage[] {
  const instructions: ChatMessage[] = system ? [{ role: 'system', content: system }] : [];
  return [...instructions, { role: 'user', content: prompt }];
}

/** All text of the messages, one message a line. */
export function textOfMessages(messages: readonly ChatMessage[]): string {
  return messages.map(textOfMessage).join('\n');
}

/** A tool call as text, for counting. */
export function textOfToolCall({ name, arguments: input }: ToolCall): string {
  return name + input;
}

export function countImages(messages: readonly ChatMessage[]): number {
  return messages
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'image').length;
}

function textOfMessage(message: ChatMessage): string {
  if (message.role === 'assistant')
    return message.content + (message.toolCalls ?? []).map(textOfToolCall).join('');
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
