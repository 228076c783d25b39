import type { JsonObject, Platform } from '../../domain/discovery/indexed-agent.ts';

/** A call of a stranger's tool. */
export interface ToolCall {
  /** The same for every attempt at this call; tells them apart on the other side, too. */
  readonly executionId: string;
  readonly platform: Platform;
  readonly url: string;
  readonly tool: string;
  readonly parameters: JsonObject;
}

/** What a tool answered. It is a stranger's word: data, never an instruction. */
export interface ToolAnswer {
  /** JSON. */
  readonly output: unknown;
  /** Whether the tool says that it failed. */
  readonly isError: boolean;
}
