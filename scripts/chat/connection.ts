/** Who speaks, where, and to whom. */
export interface Speaker {
  readonly room: string;
  /** `owner`, or the name of a guest to speak as. */
  readonly as: string;
  readonly agent?: string | undefined;
}

export interface ChatRequest extends Speaker {
  readonly text: string;
}

/** What happens while a message is being answered. */
export interface ChatEvents {
  readonly onProgress?: (event: Record<string, unknown>) => void;
  readonly onText?: (chunk: string) => void;
}

/** One answer, as `--json` prints it. Amounts are US dollars. */
export interface ChatReply {
  readonly text: string;
  readonly tasks: readonly Record<string, unknown>[];
  readonly costUsd: number;
  readonly decisions: readonly Record<string, unknown>[];
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

export interface ChatLine {
  readonly from: string;
  readonly text: string;
}

/** A way to the company: over a running server, or in this process. */
export interface Connection {
  ask(request: ChatRequest, events: ChatEvents): Promise<ChatReply>;
  history(speaker: Speaker, limit: number): Promise<readonly ChatLine[]>;
  close(): Promise<void>;
}
