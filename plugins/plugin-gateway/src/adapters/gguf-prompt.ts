import type { ChatHistoryItem } from 'node-llama-cpp';
import type { ChatMessage } from '../domain/chat.ts';

/** A conversation as node-llama-cpp takes it: it ends with the answer that is still to be written. */
export function chatHistory(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  return [...messages.map(itemOf), { type: 'model', response: [] }];
}

function itemOf({ role, content }: ChatMessage): ChatHistoryItem {
  const text = typeof content === 'string' ? content : content.map(textOfPart).join('\n');
  if (role === 'assistant') return { type: 'model', response: [text] };
  // What a tool has answered is shown as a person's words: these models are offered no tools.
  return { type: role === 'system' ? 'system' : 'user', text };
}

type Part = Exclude<ChatMessage['content'], string>[number];

function textOfPart(part: Part): string {
  return part.type === 'text' ? part.text : '';
}
