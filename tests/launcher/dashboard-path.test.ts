import { describe, expect, test } from '@jest/globals';
import { dashboardPath, isDashboard } from '../../scripts/launcher/dashboard-path.ts';

describe('the guard lets through to the dashboard, which checks its own tokens,', () => {
  test.each([
    ...['/371os', '/371os/', '/371os?x=1', '/371os/page/main.js', '/371os/page/burn-chart.ts'],
    ...['/371os/codes', '/371os/sessions', '/371os/data/events', '/371os/data/ledger?agent=CFO'],
    ...['/371os/data/ledger.csv', '/371os/data/approvals/K7QP2M3A/approve'],
    ...['/371os/data/sessions', '/371os/data/sessions/0a1b2c3d4e5f/end'],
  ])('%s', (address) => {
    expect(isDashboard(address)).toBe(true);
  });

  test.each([
    ...['/', '/371', '/371osx', '/371OS', '/371os/../api/agents', '/371os/page/../../api/agents'],
    ...[
      '/371os/page/%2e%2e/api',
      '/371os/page/..',
      '/371os//api/agents',
      '/371os\\api',
      '/371os/api',
    ],
    ...['/371os/page/a/b', '/371os/data/approvals/../ledger', '/x/371os', '/371os/panel/x'],
  ])('but not %s', (address) => {
    expect(isDashboard(address)).toBe(false);
  });
});

test.each([
  ['/371os', '/371os/'],
  ['/371os?a=1', '/371os/?a=1'],
  ['/371os/page/main.js', '/371os/page/main.js'],
  ['/371osx', '/371osx'],
])('%s leads to %s', (address, expected) => {
  const request = { url: address };
  dashboardPath(request as never, {} as never, () => undefined);
  expect(request.url).toBe(expected);
});
