import { createHash } from 'node:crypto';
import type { Message, Part } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';
import { acceptText, BaseError, type Principal } from '@371os/kernel';
import { readHandOn, type HandOn } from '../../domain/a2a/hand-on.ts';
import { uuidFrom } from '../../domain/uuid-from.ts';

/** What a message asks for. */
export interface AskedMessage {
  readonly messageId: string;
  readonly contextId: string;
  /** Whether the client has named it. */
  readonly isContextNamed: boolean;
  /** Of the task that there will be: the same for the same message of the same principal. */
  readonly taskId: string;
  /** The task that the message goes on with. */
  readonly continues: string | undefined;
  readonly text: string;
  readonly handOn: HandOn;
}

const LONGEST_ID = 200;

/**
 * Reads what a client has sent.
 * @throws RequestMalformedError, ContentTypeNotSupportedError
 */
export function readMessage(
  message: Message | undefined,
  { agent, principal, mostBytes }: { agent: string; principal: Principal; mostBytes: number },
): AskedMessage {
  if (!message) throw new RequestMalformedError('message is required');
  const { messageId, contextId, taskId, parts, metadata } = message;
  for (const [name, id] of Object.entries({ messageId, contextId, taskId }))
    if (id.length > LONGEST_ID || /[\0\s]/.test(id))
      throw new RequestMalformedError(
        `${name} has at most ${String(LONGEST_ID)} characters, and no spaces`,
      );
  if (messageId === '') throw new RequestMalformedError('message.messageId is required');
  const handOn = readHandOn(metadata);
  if (!handOn)
    throw new RequestMalformedError('message.metadata does not say how often it was handed on');
  const idFor = (what: string): string =>
    uuidFrom(
      createHash('sha256')
        .update(JSON.stringify(['a2a', what, principal.id, agent, messageId]))
        .digest('hex'),
    );
  return {
    ...{ messageId, handOn, taskId: idFor('task') },
    contextId: contextId === '' ? idFor('context') : contextId,
    isContextNamed: contextId !== '',
    continues: taskId === '' ? undefined : taskId,
    text: textIn(parts, mostBytes),
  };
}

function textIn(parts: readonly Part[], mostBytes: number): string {
  if (parts.length === 0) throw new RequestMalformedError('message.parts is empty');
  const text = parts.map(wordsOf).join('\n\n');
  try {
    return acceptText(text, mostBytes);
  } catch (error) {
    throw BaseError.isInstance(error) ? new RequestMalformedError(error.message) : error;
  }
}

function wordsOf({ content, mediaType }: Part): string {
  switch (content?.$case) {
    case 'text':
      return content.value;
    case 'data':
      return JSON.stringify(content.value);
    case 'raw':
    case 'url':
      throw new ContentTypeNotSupportedError(
        `Files cannot be read here${mediaType === '' ? '' : ` (${mediaType})`}: send text or data.`,
      );
    case undefined:
    default:
      throw new RequestMalformedError('a part has no content');
  }
}
