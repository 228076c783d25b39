import { describe, expect, test } from '@jest/globals';
import type { IAgentRuntime, Memory } from '@elizaos/core';
import { listCommands, OWNER, registerCommands, type Principal } from '@371os/kernel';
import { parseCommand, runCommand } from '../../plugins/kernel/src/commands.ts';

const GUEST: Principal = { id: 'guest:ann', role: 'guest', proof: 'token' };
const message = { content: { text: '' } } as Memory;

function agentWithCommands(): IAgentRuntime {
  const runtime = {} as IAgentRuntime;
  registerCommands(runtime, [
    {
      name: 'echo',
      usage: '/echo TEXT',
      summary: 'says it again',
      minimumRole: 'guest',
      run: ({ argument }) => Promise.resolve(argument),
    },
    {
      name: 'approve',
      usage: '/approve ID',
      summary: 'approves',
      minimumRole: 'owner',
      run: () => Promise.resolve('done'),
    },
  ]);
  return runtime;
}

describe('slash commands', () => {
  test.each([
    ['/budget', { name: 'budget', argument: '' }],
    ['  /Approve K7QP2M3A ', { name: 'approve', argument: 'K7QP2M3A' }],
    ['/private line one\nline two', { name: 'private', argument: 'line one\nline two' }],
  ])('%p is a command', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each(['budget', 'a /budget', '/', '/ budget', '//x', '/2fa', 'https://x.y/z'])(
    '%p is none',
    (text) => {
      expect(parseCommand(text)).toBeUndefined();
    },
  );

  test('a command gets what follows its name', async () => {
    const call = { runtime: agentWithCommands(), message, principal: GUEST, argument: 'hello' };
    await expect(runCommand('echo', call)).resolves.toBe('hello');
  });

  test('a role that does not allow it is refused', async () => {
    const call = { runtime: agentWithCommands(), message, principal: GUEST, argument: 'X' };
    await expect(runCommand('approve', call)).rejects.toThrow(/Only the owner may use \/approve/);
  });

  test('a near miss is pointed out', async () => {
    const call = { runtime: agentWithCommands(), message, principal: OWNER, argument: '' };
    await expect(runCommand('aprove', call)).resolves.toMatch(/no command \/aprove/);
    await expect(runCommand('approov', call)).resolves.toMatch(/Did you mean \/approve/);
  });

  test('people see what they may use', () => {
    const runtime = agentWithCommands();
    expect(listCommands(runtime, GUEST)).not.toContain('/approve');
    expect(listCommands(runtime, OWNER)).toContain('/approve ID - approves');
  });
});
