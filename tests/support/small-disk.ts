import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  rmdirSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEGABYTE = 1_000_000;
const CHUNKS = [MEGABYTE, 4_096, 1].map((size) => Buffer.alloc(size, 1));

/** A disk of a test's own that can be filled up, in memory. Only who may mount can make one. */
export class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), '371os-disk-'));
  readonly #ballast = join(this.path, 'ballast');

  private constructor(sizeMb: number) {
    const size = `size=${String(sizeMb * MEGABYTE)}`;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', size, '371os-test', this.path], {
        stdio: 'pipe',
      });
    } catch (error) {
      rmdirSync(this.path);
      throw error;
    }
  }

  static make(sizeMb: number): SmallDisk {
    return new SmallDisk(sizeMb);
  }

  /** Why none can be made here; undefined when it can. */
  static whyNone(): string | undefined {
    try {
      SmallDisk.make(1).remove();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message.trim() : 'unknown';
    }
  }

  get freeMb(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return (bavail * bsize) / MEGABYTE;
  }

  /** Fills it up but for so much, or to the last byte. */
  fill(leaveMb = 0): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (const chunk of CHUNKS)
        while (this.freeMb - chunk.length / MEGABYTE >= leaveMb) writeSync(file, chunk);
    } finally {
      closeSync(file);
    }
  }

  /** Takes away what it was filled up with. */
  clear(): void {
    rmSync(this.#ballast, { force: true });
  }

  remove(): void {
    execFileSync('umount', [this.path], { stdio: 'pipe' });
    rmdirSync(this.path);
  }
}
