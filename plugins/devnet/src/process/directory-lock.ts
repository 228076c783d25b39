import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// Another process has the lock, in SQLite's numbers.
const SQLITE_BUSY = 5;

/**
 * Takes a directory for this process alone, making it when it is missing. The operating system
 * holds the lock, so that a process that is killed leaves nothing behind.
 * @returns what gives it back, or nothing when another process has it
 */
export function lockDirectory(directory: string): (() => void) | undefined {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(directory, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => {
      lock.close();
    };
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    return undefined;
  }
}
