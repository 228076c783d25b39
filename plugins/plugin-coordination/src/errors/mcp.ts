import { BaseError } from '@371os/kernel';

export class CallTooLongError extends BaseError {
  constructor({ tool, timeoutMs }: { tool: string; timeoutMs: number }) {
    super(
      `${tool} has not ended within ${String(timeoutMs)} ms, and is not waited for any longer. What it has begun may go on: look with get_task.`,
      { isRetryable: true },
    );
  }
}
