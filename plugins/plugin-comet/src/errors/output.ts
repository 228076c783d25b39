import { BaseError } from '@371os/kernel';
import { unusableOutput } from '../domain/output-words.ts';

/** An output was not what it has to be, at the second attempt either. */
export class UnusableOutputError extends BaseError {
  constructor({ name, problems }: { name: string; problems: readonly string[] }) {
    super(unusableOutput(name, problems), { details: { problems } });
  }
}

/** An output cannot be written. */
export class OutputFolderError extends BaseError {
  constructor({ folder, problem, cause }: { folder: string; problem: string; cause?: unknown }) {
    super(`The output could not be written into ${folder}: ${problem}.`, { cause });
  }
}

/** A name that is none for a file of ours. */
export class BadFileNameError extends BaseError {
  constructor({ name }: { name: string }) {
    super(
      `"${name.slice(0, 60)}" is no name for a file here: use letters, digits, dots, hyphens and underscores, such as notes.md; the folder is set by COMET_OUTPUT_FOLDER.`,
    );
  }
}

/** Nothing is known of that destination. */
export class BadDestinationError extends BaseError {
  constructor({ destination, problem }: { destination: string; problem: string }) {
    super(`The output cannot go to "${destination.slice(0, 60)}": ${problem}.`);
  }
}

/** What was said in confidence may not leave the machine. */
export class ConfidentialOutputError extends BaseError {
  constructor() {
    super('This is confidential, so it goes into no issue tracker: write --to room or --to file.');
  }
}
