import { expect, test } from '@jest/globals';
import {
  Database,
  IssueStore,
  RoomStore,
  RunStore,
  type Run,
  type SqlExecutor,
} from '@371os/plugin-comet';
import { SqlDecisionStore } from '../../plugins/plugin-router/src/adapters/sql-decision-store.ts';

const RUN: Run = {
  ...{ id: 'run-1', shortcut: 'greet', requester: { id: 'owner', role: 'owner' } },
  order: {
    ...{ prompt: 'Greet Ann.', format: 'markdown', sections: ['A', 'B'] },
    ...{ destination: 'file', fileName: 'ann.md', subject: 'Ann' },
  },
  ...{ roomId: 'room', isConfidential: false, taskId: 'task-1', attempt: 1, problems: [] },
  ...{ state: 'working', output: '', askedAtMs: 0 },
};

/** What the stores of shortcuts do, on whichever database. */
export function describeStores(open: () => SqlExecutor): void {
  test('a run goes from one state to the next once, whoever has it do so', async () => {
    const runs = new RunStore(new Database(open()));
    const before = Date.now() - 60_000;
    await runs.add(RUN);
    const kept = await runs.openOfTask('task-1');
    expect(kept).toEqual({ ...RUN, askedAtMs: expect.any(Number) });
    expect(kept?.askedAtMs).toBeGreaterThan(before);
    const mended = await runs.mend(RUN, 'task-2', ['the section "B" is missing']);
    expect(mended).toMatchObject({
      taskId: 'task-2',
      attempt: 2,
      problems: ['the section "B" is missing'],
    });
    expect(await runs.mend(RUN, 'task-3', [])).toBeUndefined();
    expect(await runs.keepOutput(RUN, 'Late.')).toBeUndefined();
    const good = await runs.keepOutput(mended!, 'Hello.');
    expect(good).toMatchObject({ state: 'delivering', output: 'Hello.' });
    expect(await runs.keepOutput(mended!, 'Twice.')).toBeUndefined();
    expect(await runs.open(10)).toEqual([good]);
    await runs.end('run-1', 'done');
    await runs.end('run-1', 'failed');
    expect(await runs.open(10)).toEqual([]);
    await runs.prune();
  });

  test('a room and its twin work on one workspace, until they leave', async () => {
    const rooms = new RoomStore(new Database(open()));
    expect(await rooms.workspaceOf('a')).toBeUndefined();
    await rooms.set(['a', 'b'], 'lab', 'owner');
    await rooms.set(['a', 'b'], 'shop', 'owner');
    expect([await rooms.workspaceOf('a'), await rooms.workspaceOf('b')]).toEqual(['shop', 'shop']);
    await rooms.clear(['a', 'b']);
    expect(await rooms.workspaceOf('b')).toBeUndefined();
  });

  test('an issue is kept once, and where it is', async () => {
    const issues = new IssueStore(new Database(open()));
    const plan = { tracker: 'github_issue', place: 'GitHub a/b', title: 'T', body: 'B' } as const;
    const kept = await issues.keep('key', plan, 'K7QP2M3A');
    expect(kept).toMatchObject({ plan, url: undefined, approvalId: 'K7QP2M3A' });
    expect(await issues.keep('key', { ...plan, title: 'Other' }, 'OTHER')).toEqual(kept);
    expect(await issues.unopened()).toEqual([kept]);
    await issues.opened('key', 'https://x.example/1');
    expect(await issues.unopened()).toEqual([]);
    expect(await issues.keep('key', plan, '')).toMatchObject({ url: 'https://x.example/1' });
  });

  test('decisions are found by their rooms', async () => {
    const decisions = new SqlDecisionStore(open());
    const by = { requesterId: 'ann' };
    expect(await decisions.last({ ...by, rooms: ['a', 'b'] }, 1)).toEqual([]);
    expect(await decisions.last(by, 1)).toEqual([]);
  });
}
