import type { SeenFile } from '../domain/agent-report.ts';
import type { Heartbeat } from '../domain/heartbeat.ts';
import type { Heartbeats, VerifiedFiles } from '../ports/verified-files.ts';

/** What was verified in this process, for programs without a database. */
export function verifiedFilesInMemory(): VerifiedFiles {
  const kept = new Map<string, SeenFile>();
  return {
    find: async (globalId) => kept.get(globalId),
    keep: async (file) => {
      const before = kept.get(file.globalId);
      const isOlder = before?.owner === file.owner && (before.sequence ?? 0) > (file.sequence ?? 0);
      if (!isOlder) kept.set(file.globalId, file);
    },
  };
}

/** Signs of life that were told to this process. */
export function heartbeatsInMemory(): Heartbeats {
  const kept = new Map<string, Heartbeat>();
  return {
    find: async (globalId) => kept.get(globalId),
    keep: async (beat) => {
      if ((kept.get(beat.globalId)?.issuedAt ?? 0) <= beat.issuedAt) kept.set(beat.globalId, beat);
    },
  };
}
