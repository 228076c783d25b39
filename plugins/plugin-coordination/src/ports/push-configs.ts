/** A webhook that is told what becomes of a task. */
export interface PushConfig {
  readonly id: string;
  readonly taskId: string;
  readonly url: string;
  /** Sent back with each notification; '' without one. */
  readonly token: string;
  /** How it wants us to prove ourselves. */
  readonly authentication: { readonly scheme: string; readonly credentials: string } | undefined;
}

/** Keeps webhooks, with what is secret of them sealed. */
export interface PushConfigs {
  /** Puts one in the place of the one with its id. @throws TooManyWebhooksError */
  save(config: PushConfig): Promise<void>;
  list(taskId: string): Promise<PushConfig[]>;
  delete(taskId: string, id: string): Promise<void>;
  /** The tasks that have webhooks, and the state that these were told last. */
  awaited(): Promise<{ taskId: string; told: string }[]>;
  /** The webhooks of a task know that it is in a state. */
  noteTold(taskId: string, state: string): Promise<void>;
}
