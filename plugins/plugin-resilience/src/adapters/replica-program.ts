import { processWide } from '@371os/kernel';

/** How replicas are started on this machine. */
export interface ReplicaProgram {
  readonly file: string;
  /** @param claim which replica of which agent, `CMO Kai#2` */
  args(claim: string): readonly string[];
  /** Where what it complains of is kept. */
  readonly logPath: string;
}

function provided(): { program?: ReplicaProgram } {
  return processWide('replica-program', () => ({}));
}

/** Lets this process start replicas; without a program it starts none. */
export function provideReplicaProgram(program: ReplicaProgram): void {
  provided().program = program;
}

export function replicaProgramHere(): ReplicaProgram | undefined {
  return provided().program;
}
