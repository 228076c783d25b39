import { BaseError } from '@371os/kernel';

/** A refusal in the form of Kubo's: 400 for a request that makes no sense, 500 for what fails. */
export class KuboError extends BaseError {
  readonly status: number;

  constructor({ problem, status = 500 }: { problem: string; status?: number }) {
    super(problem, { details: { status } });
    this.status = status;
  }

  static badRequest(problem: string): KuboError {
    return new KuboError({ problem, status: 400 });
  }
}
