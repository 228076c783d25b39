import { currentConversation, uuidSource } from '@371os/kernel';
import type { Directive } from '../services/csuite-service.ts';
import type { OfficerCall } from './officer-action.ts';

/** Work that a message brings for colleagues, in the name of whoever wrote it. */
export function handedOn({ message, principal }: OfficerCall, text: string): Directive {
  const conversation = currentConversation();
  return {
    text,
    requester: { id: principal.id, role: principal.role },
    roomId: message.roomId,
    isConfidential: conversation?.isConfidential ?? false,
    parentId: conversation?.taskId,
    hops: conversation?.hops ?? 0,
    messageId: message.id ?? uuidSource(),
  };
}
