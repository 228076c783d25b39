import { BaseError } from '@371os/kernel';

/** An id that stands for another task: of other words, another agent, or another person. */
export class ReplayedTaskError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is another task under the id ${id}: send a new message with an id of its own.`, {
      details: { id },
    });
  }
}
