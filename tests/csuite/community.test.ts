import { describe, expect, test } from '@jest/globals';
import { checkCommunity } from '../../plugins/plugin-csuite/src/domain/community-check.ts';
import {
  communityState,
  describeCommunityCheck,
  readCommunityCheck,
  splitMessages,
} from '../../plugins/plugin-csuite/src/domain/community-words.ts';
import { scoreByWordList } from '../../plugins/plugin-csuite/src/domain/sentiment.ts';

const at = { nowMs: Date.parse('2026-03-18T12:00:00Z'), recheckMs: 3_600_000 };

describe('the health of a community', () => {
  test.each([
    ['0.8', false],
    ['80%', false],
    ['0.800001', true],
    ['0.799999', false],
    ['1', true],
    ['0', false],
  ])('%s: well is %p, and it is looked at again in an hour', (health, isWell) => {
    const check = checkCommunity(communityState({ health, messages: [] }), at);
    expect(check.isWell).toBe(isWell);
    expect(check.recheckAtMs).toBe(Date.parse('2026-03-18T13:00:00Z'));
    expect(check.issue === undefined).toBe(isWell);
    expect(check.note === undefined).toBe(isWell);
  });

  test('that is low gives an issue and a note', () => {
    const messages = ['Search is broken again', 'I love it here', 'Nobody answers', 'See you at 5'];
    const state = communityState({ health: '0.7', community: 'builders forum', messages });
    const check = checkCommunity(state, at);
    expect(describeCommunityCheck(state, check)).toBe(
      'Builders forum needs attention: health 70 % is not above 80 %.\n' +
        'Mood of 4 messages by a word list, on a scale from -1 to 1: -0.33 (1 positive, 1 neutral, 2 negative). Complaints: broken, nobody.\n' +
        'Issue: Builders forum: health at 70 %, needs attention\n' +
        'Note: Builders forum is at 70 % health, at or under the 80 % line. Most said: broken.\n' +
        'Issue and note are only shown here: no CEO could be told.\n' +
        'Next check: 2026-03-18 13:00 UTC.',
    );
    expect(check.issue?.body).toContain('more than 80 % is well');
  });

  test('without messages claims to know nothing of the mood', () => {
    const state = communityState({ health: '0.5', messages: [] });
    expect(describeCommunityCheck(state, checkCommunity(state, at))).toContain(
      'nothing is known of the mood',
    );
  });

  test.each([
    [{ messages: [] }, /not told the community's health/],
    [{ health: '72', messages: [] }, /it lies between 0 and 1/],
    [{ health: 'fine', messages: [] }, /"fine" is not a health/],
  ])('%j is refused', (words, message) => expect(() => communityState(words)).toThrow(message));

  test.each([
    [
      'check the community: health 0.7; messages: "I love it here", "search is broken"',
      { health: '0.7', messages: '"I love it here", "search is broken"' },
    ],
    [
      'Our Discord has a health score of 85%',
      { health: '85%', messages: '', community: 'Discord' },
    ],
    ['The members are at 60% health', { health: '60%', messages: '' }],
  ])('%p is read', (text, words) => expect(readCommunityCheck(text)).toEqual(words));

  test.each([
    'how healthy is our community?',
    'the health check of the server returns 500 errors after 30 s',
    'write a post about mental health, 300 words',
    'community meeting at 5',
  ])('%p is left to judgement', (text) => expect(readCommunityCheck(text)).toBeUndefined());
});

describe('the mood by a word list', () => {
  test.each([
    [['great'], 100],
    [['broken'], -100],
    [['great', 'broken'], 0],
    [['hello'], 0],
    [[], 0],
    [['not good'], -100],
    [['not bad at all'], 100],
    [['It isn’t very helpful'], -100],
    [['great but broken and slow'], -100],
    [['great', 'good', 'broken'], 33],
  ])('%j scores %d hundredths', (messages, score) =>
    expect(scoreByWordList(messages).scoreHundredths).toBe(score),
  );

  test('names what is complained about, most said first', () => {
    const { complaints } = scoreByWordList(['slow', 'so slow', 'spam', 'not helpful']);
    expect(complaints).toEqual(['slow (2 times)', 'not helpful', 'spam']);
  });

  test.each([
    ['"one", "two; three"', ['one', 'two; three']],
    ['one; two\nthree', ['one', 'two', 'three']],
    ['', []],
  ])('%p is split into messages', (text, messages) =>
    expect(splitMessages(text)).toEqual(messages),
  );
});
