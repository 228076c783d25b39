import type { SeenFile } from '../domain/agent-report.ts';
import type { Heartbeat } from '../domain/heartbeat.ts';

/** What was verified before, to hold what comes now against. */
export interface VerifiedFiles {
  find(globalId: string): Promise<SeenFile | undefined>;
  /** Keeps a file, unless a newer one of the same owner is there. */
  keep(file: SeenFile): Promise<void>;
}

/** Where signs of life are found. Whoever reads them checks their signatures. */
export interface Heartbeats {
  find(globalId: string): Promise<Heartbeat | undefined>;
  /** Keeps a sign of life, unless a newer one is there. */
  keep(beat: Heartbeat): Promise<void>;
}
