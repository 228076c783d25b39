import { describe, expect, it } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { checksOwnTokens, coordinationPath } from '../../scripts/launcher/coordination-path.ts';

describe('routes that check tokens of their own', () => {
  it.each([
    '/mcp',
    '/coordination/mcp?x=1',
    '/coordination/agent-context?agentId=CFO',
    '/.well-known/agent-card.json',
    '/a2a/cfo-maya/.well-known/agent-card.json',
    '/coordination/a2a/cfo-maya',
    '/coordination/a2a/cfo-maya/rest/tasks?pageSize=1',
  ])('are passed on without one: %s', (address) => {
    expect(checksOwnTokens(address)).toBe(true);
  });

  it.each([
    '/',
    '/coordination/tokens',
    '/mcp/../router/tasks',
    '/a2a',
    '/a2a/../router/tasks',
    '/a2a/%2e%2e/router/tasks',
    '/a2a/%2E%2e/router/tasks',
    '/a2a//router',
    '/a2a/\\..\\router',
    '/router/tasks?/a2a/',
    '/coordination/agent-context/x',
    '/.well-known/agent-card.jsonx',
  ])('are these alone, and not %s', (address) => {
    expect(checksOwnTokens(address)).toBe(false);
  });

  it.each([
    ['/mcp?x', '/coordination/mcp?x'],
    ['/a2a/cfo-maya', '/coordination/a2a/cfo-maya'],
    ['/.well-known/agent-card.json', '/coordination/a2a/.well-known/agent-card.json'],
    ['/a2ax/y', '/a2ax/y'],
    ['/router/a2a/x', '/router/a2a/x'],
  ])('%s is led to %s', (url, led) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { url });
    coordinationPath(request, new ServerResponse(request), () => undefined);
    expect(request.url).toBe(led);
  });
});
