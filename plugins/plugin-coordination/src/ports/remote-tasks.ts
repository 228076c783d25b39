import type { PicoUsd } from '@371os/kernel';

/** A task of ours that an agent of another organisation does. */
export interface RemoteTask {
  readonly taskId: string;
  /** The agent's name here. */
  readonly agent: string;
  /** The address of its card. */
  readonly url: string;
  /** Its id of the task; undefined before it has answered. */
  readonly remoteId: string | undefined;
  readonly reservationId: string;
  readonly pricePico: PicoUsd;
  readonly hasEnded: boolean;
  /** Whether it was given so long ago that nobody waits for it any more. */
  readonly isOverdue: boolean;
}

/** Keeps which tasks are done elsewhere, so that they are followed to their end. */
export interface RemoteTasks {
  find(taskId: string): Promise<RemoteTask | undefined>;
  add(task: Omit<RemoteTask, 'remoteId' | 'hasEnded' | 'isOverdue'>): Promise<void>;
  noteRemoteId(taskId: string, remoteId: string): Promise<void>;
  end(taskId: string): Promise<void>;
  /** It has never left: as if it had not been there. */
  forget(taskId: string): Promise<void>;
  /** Those that have not ended, oldest first. */
  open(): Promise<RemoteTask[]>;
}
