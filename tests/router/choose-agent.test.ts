import { describe, expect, test } from '@jest/globals';
import {
  chooseAgent,
  normaliseVector,
  rankCandidates,
  type Candidate,
} from '../../plugins/plugin-router/src/domain/choose-agent.ts';

const OPTIONS = { minimumScore: 0.5, triageRole: 'CEO' };

function candidate(agent: string, role: string, ...vectors: number[][]): Candidate {
  const examples = vectors.map((vector, index) => ({ text: `${agent} ${String(index)}`, vector }));
  return { agent, role, examples };
}

const maya = candidate('CFO Maya', 'CFO', [1, 0]);
const zara = candidate('CTO Zara', 'CTO', [0, 1]);
const mimi = candidate('CEO Mimi', 'CEO', [-1, 0]);

function choose(request: number[], candidates: Candidate[]): ReturnType<typeof chooseAgent> {
  return chooseAgent(rankCandidates(normaliseVector(request), candidates), OPTIONS);
}

describe('choosing an agent', () => {
  test('the one whose examples are most alike is asked, and the reason names the example', () => {
    const choice = choose([0.9, 0.1], [mimi, zara, maya]);
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: false });
    expect(choice?.reason).toContain('"CFO Maya 0" (0.99)');
    expect(choice?.candidates.map(({ agent }) => agent)).toEqual([
      'CFO Maya',
      'CTO Zara',
      'CEO Mimi',
    ]);
  });

  test('what is like nobody goes to triage', () => {
    const choice = choose([0.2, -0.98], [mimi, zara, maya]);
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toMatch(/nobody's work is clearly like it/);
  });

  test('a toss-up goes to triage', () => {
    const choice = choose([1, 1], [mimi, zara, maya]);
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toMatch(/too close/);
  });

  test('without a triage role the best one is asked all the same', () => {
    expect(choose([1, 1], [zara, maya])).toMatchObject({ isAbstention: false });
  });

  test('one stray example does not outweigh three that fit', () => {
    const stray = candidate('CTO Zara', 'CTO', [1, 0], [0, 1], [0, 1]);
    const fitting = candidate('CFO Maya', 'CFO', [0.98, 0.2], [0.98, 0.2], [0.98, 0.2]);
    expect(choose([1, 0], [stray, fitting])).toMatchObject({ agent: 'CFO Maya' });
  });

  test('an empty company has nobody to ask', () => {
    expect(choose([1, 0], [])).toBeUndefined();
  });
});
