import { existsSync, statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { every, noNewWork } from '@371os/kernel';
import { DiskFullError } from './errors.ts';

/** Room on the disk of a data directory, and how much of it is kept for what has begun. */
export interface DiskRoom {
  readonly directory: string;
  readonly reserveMb: number;
}

const LOOK_EVERY_MS = 1_000;
// So that whoever gives a little room back does not have it refused again at once.
const RETURN_FACTOR = 1.5;
const MEGABYTE = 1_000_000;

/** @throws DiskFullError when there is not even the reserve */
export function refuseFullDisk({ directory, reserveMb }: DiskRoom): void {
  const freeMb = roomOf(statfsSync(whatIsThere(directory)));
  if (freeMb < reserveMb) throw new DiskFullError({ directory, freeMb, reserveMb });
}

/**
 * Has nothing new begun while there is no more room than the reserve, until there is half as much again.
 * @param say told when that begins and ends
 * @returns what ends it
 */
export function watchDiskRoom(room: DiskRoom, say: (line: string) => void): () => void {
  const { directory, reserveMb } = room;
  const look = async (): Promise<void> => {
    const freeMb = roomOf(await statfs(directory));
    const isRefusing = noNewWork.reason !== undefined;
    if (freeMb < reserveMb) {
      const full = fullDisk({ ...room, freeMb });
      if (!isRefusing) say(`Nothing new is begun: ${full}`);
      noNewWork.set(full);
    } else if (isRefusing && freeMb >= reserveMb * RETURN_FACTOR) {
      noNewWork.set(undefined);
      say(`There is room on the disk again (${freeMb} MB): new requests are taken.`);
    }
  };
  const end = every(LOOK_EVERY_MS, look, (error) => {
    say(`How much room there is in ${directory} cannot be told: ${String(error)}`);
  });
  return () => {
    end();
    noNewWork.set(undefined);
  };
}

function fullDisk({ directory, reserveMb, freeMb }: DiskRoom & { freeMb: number }): string {
  return `the disk is full: ${freeMb} MB are free where ${directory} is, and the last ${reserveMb} MB are for what has begun; make room there`;
}

// Before the first start there is no data directory yet.
function whatIsThere(path: string): string {
  return existsSync(path) ? path : whatIsThere(dirname(path));
}

function roomOf({ bavail, bsize }: { bavail: number; bsize: number }): number {
  return Math.floor((bavail * bsize) / MEGABYTE);
}
