import { ContentType, type Media } from '@elizaos/core';
import type { Message } from 'discord.js';

/** What hangs on a message, for ElizaOS to look at: only what Discord keeps, and no page that a link leads to. */
export function attachmentsOf({ attachments }: Message): Media[] {
  return attachments.map(({ id, url, name, contentType }) => ({
    ...{ id, url, title: name, source: 'Discord' },
    contentType: kindOf(contentType ?? ''),
  }));
}

function kindOf(mediaType: string): ContentType {
  if (mediaType.startsWith('image/')) return ContentType.IMAGE;
  if (mediaType.startsWith('video/')) return ContentType.VIDEO;
  if (mediaType.startsWith('audio/')) return ContentType.AUDIO;
  return ContentType.DOCUMENT;
}
