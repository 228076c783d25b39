import { describe, expect, test } from '@jest/globals';
import {
  chooseAgent,
  normaliseVector,
  rankCandidates,
  type Candidate,
  type Department,
} from '../../plugins/plugin-router/src/domain/choose-agent.ts';

const OPTIONS = { minimumScore: 0.5, triageRole: 'CEO', labels: ['CEO', 'CTO', 'CFO', 'CMO'] };

function candidate(agent: string, role: string, ...vectors: number[][]): Candidate {
  const examples = vectors.map((vector, index) => ({ text: `${agent} ${String(index)}`, vector }));
  return { agent, role, examples };
}

const maya = candidate('CFO Maya', 'CFO', [1, 0]);
const zara = candidate('CTO Zara', 'CTO', [0, 1]);
const mimi = candidate('CEO Mimi', 'CEO', [-1, 0]);

function choose(
  request: number[],
  candidates: Candidate[],
  department: Partial<Department> = {},
): ReturnType<typeof chooseAgent> {
  return chooseAgent(
    rankCandidates(normaliseVector(request), candidates),
    { label: 'CFO', confidence: 0.9, isAbstention: false, ...department },
    OPTIONS,
  );
}

describe('choosing an agent', () => {
  test('the department is asked, and the reason says how sure it is', () => {
    const choice = choose([0.9, 0.1], [mimi, zara, maya]);
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: false });
    expect(choice?.reason).toBe('it is work for the CFO (90 % sure)');
    expect(choice?.candidates.map(({ agent }) => agent)).toEqual([
      'CFO Maya',
      'CTO Zara',
      'CEO Mimi',
    ]);
  });

  test('of several agents of a department, the one most like the request is asked', () => {
    const cash = candidate('CFO Cash', 'CFO', [0.7, 0.7]);
    expect(choose([0.6, 0.8], [zara, maya, cash])).toMatchObject({ agent: 'CFO Cash' });
  });

  test('what is unclear goes to triage', () => {
    const choice = choose([1, 0], [mimi, zara, maya], { confidence: 0.3, isAbstention: true });
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toMatch(/nobody's work is clearly meant \(CFO with 30 %\)/);
  });

  test('work for a department that is not here goes to triage', () => {
    const choice = choose([1, 0], [mimi, zara, maya], { label: 'CMO' });
    expect(choice).toMatchObject({ agent: 'CEO Mimi', isAbstention: true });
    expect(choice?.reason).toMatch(/nobody here does that/);
  });

  test('without a triage role the one most like it is asked', () => {
    const choice = choose([1, 0], [zara, maya], { label: 'CMO' });
    expect(choice).toMatchObject({ agent: 'CFO Maya', isAbstention: true });
  });

  test('a department of the company’s own takes what its examples clearly fit', () => {
    const legal = candidate('Legal Lee', 'LEGAL', [0.8, 0.6]);
    expect(choose([0.8, 0.6], [mimi, maya, legal])).toMatchObject({ agent: 'Legal Lee' });
    expect(choose([1, 0], [mimi, maya, legal])).toMatchObject({ agent: 'CFO Maya' });
  });

  test('one stray example does not outweigh three that fit', () => {
    const stray = candidate('CFO Stray', 'CFO', [1, 0], [0, 1], [0, 1]);
    const fitting = candidate('CFO Maya', 'CFO', [0.98, 0.2], [0.98, 0.2], [0.98, 0.2]);
    expect(choose([1, 0], [stray, fitting])).toMatchObject({ agent: 'CFO Maya' });
  });

  test('an empty company has nobody to ask', () => {
    expect(choose([1, 0], [])).toBeUndefined();
  });
});
