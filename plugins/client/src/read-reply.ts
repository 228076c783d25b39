import { EventSourceParserStream } from 'eventsource-parser/stream';
import { failure, reply, type Reply } from './answers.ts';
import { AnswerLostError, CompanyError, RequestRefusedError } from './errors.ts';

/** What happens while a message is being answered. */
export interface ReplyEvents {
  /** A decision was made; `kind` says which. */
  readonly onProgress?: ((event: Readonly<Record<string, unknown>>) => void) | undefined;
  /** A piece of the answer, in order. */
  readonly onText?: ((chunk: string) => void) | undefined;
}

/** The reply at the end of a stream of events. @throws RequestRefusedError, AnswerLostError */
export async function readReply(response: Response, events: ReplyEvents): Promise<Reply> {
  if (!response.body) throw new AnswerLostError();
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  try {
    for await (const { event, data } of messages) {
      const value: unknown = JSON.parse(data);
      if (event === 'text') events.onText?.(value as string);
      if (event === 'progress') events.onProgress?.(value as Record<string, unknown>);
      if (event === 'reply') return reply.parse(value);
      if (event === 'error')
        throw new RequestRefusedError({
          status: 200,
          ...failure.shape.error.parse(value),
        });
    }
  } catch (error) {
    throw error instanceof CompanyError ? error : new AnswerLostError({ cause: error });
  }
  throw new AnswerLostError();
}
