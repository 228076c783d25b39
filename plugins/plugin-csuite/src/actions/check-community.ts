import { z } from 'zod';
import {
  communityState,
  describeCommunityCheck,
  describeForCeo,
  readCommunityCheck,
  splitMessages,
} from '../domain/community-words.ts';
import { handedOn } from './handed-on.ts';
import { figure, wordsOr } from './inputs.ts';
import { officerAction } from './officer-action.ts';

const input = z.object({
  health: figure.optional().catch(undefined),
  community: z.string().max(80).optional().catch(undefined),
  messages: wordsOr(splitMessages, z.string()).catch([]),
});

/** Looks at the health of a community. */
export const checkCommunity = officerAction({
  name: 'CHECK_COMMUNITY',
  role: 'CCO',
  similes: ['COMMUNITY_HEALTH', 'MEMBER_SENTIMENT', 'HOW_ARE_THE_MEMBERS'],
  description:
    'Looks at a community: at a health of 0.8 or less it scores the mood of messages by a word list, writes an issue and a note, and gives both to the CEO as a task; says when to look again.',
  parameters: {
    health: { type: 'string', description: 'Health from 0 to 1, or in %', required: true },
    messages: {
      type: 'string',
      description: 'What members wrote lately, each in quotation marks',
      required: false,
    },
    community: { type: 'string', description: 'Name of the community', required: false },
  },
  rule: readCommunityCheck,
  example: [
    'Check the community: health 0.7; messages: "I love it here", "search is broken again"',
    'The community needs attention: health 70 % is not above 80 %.',
  ],
  work: async (call) => {
    const state = communityState(input.parse(call.parameters));
    const check = call.desk.checkCommunity(state);
    const told = check.isWell
      ? undefined
      : await call.desk.tellCeo(handedOn(call, describeForCeo(check)));
    return {
      text: describeCommunityCheck(state, check, told),
      values: { isWell: check.isWell, recheckAt: new Date(check.recheckAtMs).toISOString() },
      data: {
        ...(check.issue ? { issue: check.issue, note: check.note } : {}),
        ...(told?.taskId === undefined ? {} : { taskIds: [told.taskId] }),
      },
    };
  },
});
