import { afterEach, describe, expect, test } from '@jest/globals';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noNewWork, refuseNewWork } from '@371os/kernel';
import { diskCheck } from '../../plugins/cli/src/doctor/machine.ts';
import { refuseFullDisk, watchDiskRoom } from '../../scripts/launcher/disk-room.ts';
import { eventually } from '../support/eventually.ts';

const MORE_THAN_THERE_IS_MB = 1_000_000_000;
const directory = join(tmpdir(), 'that', 'is', 'not', 'there');

let end: (() => void) | undefined;
afterEach(() => end?.());

describe('room on the disk', () => {
  test('is looked for where the data will be, before anything is there', () => {
    refuseFullDisk({ directory, reserveMb: 1 });
    expect(() => {
      refuseFullDisk({ directory, reserveMb: MORE_THAN_THERE_IS_MB });
    }).toThrow(/^The disk is full: \d+ MB are free where .* make room, and start again\.$/);
  });

  test('that is too little has nothing new begun, until the watch ends', async () => {
    const said: string[] = [];
    const room = { directory: tmpdir(), reserveMb: MORE_THAN_THERE_IS_MB };
    end = watchDiskRoom(room, (line) => said.push(line));
    await eventually(async () => {
      expect(refuseNewWork).toThrow(/the disk is full: \d+ MB are free/);
    });
    expect(said).toEqual([expect.stringMatching(/^Nothing new is begun: the disk is full/)]);
    end();
    expect(noNewWork.reason).toBeUndefined();
    refuseNewWork();
  });

  test('is told by the doctor', async () => {
    expect(await diskCheck(directory, 1).run()).toMatchObject({ state: 'ok' });
    expect(await diskCheck(directory, MORE_THAN_THERE_IS_MB).run()).toMatchObject({
      state: 'failed',
      found: expect.stringMatching(/^\d+ MB are free$/),
      mend: expect.stringMatching(/^Make room where/),
    });
  });
});
