import { BaseError } from '@371os/kernel';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { ChatEvents, ChatLine, ChatReply, Connection, Speaker } from './connection.ts';

interface ServerAddress {
  readonly url: string;
  readonly ownerToken: string;
}

class ServerRefusedError extends BaseError {
  constructor({ status, message }: { status: number; message: string }) {
    super(message || `The server answered with HTTP ${String(status)}.`, { details: { status } });
  }
}

class ServerLostError extends BaseError {
  constructor({ cause }: { cause?: unknown }) {
    super(
      'The server ended the conversation before it answered. "npm start" starts it again; /tasks shows what became of your request.',
      { cause, isRetryable: true },
    );
  }
}

const ANSWER_TIMEOUT_MS = 600_000;

/** A company that a server of this machine runs. */
export function connectToServer({ url, ownerToken }: ServerAddress): Connection {
  const headers = (speaker: Speaker): Record<string, string> => ({
    Authorization: `Bearer ${ownerToken}`,
    'X-Act-As': speaker.as,
    'Content-Type': 'application/json',
    Accept: 'text/event-stream',
  });
  return {
    ask: async (request, events) => {
      const { text, room, agent } = request;
      const response = await reach(`${url}/router/messages`, {
        method: 'POST',
        headers: headers(request),
        body: JSON.stringify({ text, room, ...(agent ? { agent } : {}) }),
      });
      return readReply(response, events);
    },
    history: async (speaker, limit) => {
      const query = new URLSearchParams({ room: speaker.room, limit: String(limit) });
      const address = `${url}/router/messages?${query.toString()}`;
      const response = await reach(address, { headers: headers(speaker) });
      return ((await response.json()) as { messages: ChatLine[] }).messages;
    },
    close: () => Promise.resolve(),
  };
}

async function reach(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  } catch (cause) {
    throw new ServerLostError({ cause });
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  throw new ServerRefusedError({ status: response.status, message: body.error?.message ?? '' });
}

async function readReply(response: Response, events: ChatEvents): Promise<ChatReply> {
  if (!response.body) throw new ServerLostError({});
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  try {
    for await (const { event, data } of messages) {
      const value = JSON.parse(data) as unknown;
      if (event === 'text') events.onText?.(value as string);
      if (event === 'progress') events.onProgress?.(value as Record<string, unknown>);
      if (event === 'reply') return value as ChatReply;
      if (event === 'error')
        throw new ServerRefusedError({
          status: 200,
          message: (value as { message: string }).message,
        });
    }
  } catch (error) {
    throw BaseError.isInstance(error) ? error : new ServerLostError({ cause: error });
  }
  throw new ServerLostError({});
}
