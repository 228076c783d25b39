import { BaseError } from '@371os/kernel';

export class PortInUseError extends BaseError {
  constructor({ port }: { port: number }) {
    super(
      `Port ${port} of 127.0.0.1 is in use by another program: stop it, or choose another port with SERVER_PORT=${port + 1}.`,
      { details: { port } },
    );
  }
}

export class DataDirectoryInUseError extends BaseError {
  constructor({ path, holder }: { path: string; holder: string }) {
    super(
      `The data directory ${path} is in use by ${holder}. Two servers on one directory lose data: stop the other one, or choose another directory with DATA_DIR.`,
      { details: { path } },
    );
  }
}

export class DataDirectoryDamagedError extends BaseError {
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(
      `The database in ${path} cannot be opened. Nothing was changed in it: put a backup of that folder in its place, or move the folder away to start with an empty company.`,
      { cause, details: { path } },
    );
  }
}

export class SecretFileOpenError extends BaseError {
  constructor({ path }: { path: string }) {
    super(
      `Other users of this machine can read ${path}: run "chmod 600 ${path}" and start again.`,
      {
        details: { path },
      },
    );
  }
}

export class SecretFileDamagedError extends BaseError {
  constructor({ path }: { path: string }) {
    super(
      `${path} does not hold a secret any more: put the old file back, or delete it to have a new one made (everybody must log in again).`,
      { details: { path } },
    );
  }
}

export class CharacterFileError extends BaseError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The character file ${path} cannot be used: ${problem}`, { details: { path } });
  }
}

export class AgentsNotStartedError extends BaseError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(`The agents could not be started: ${problem}`, { cause });
  }
}

export class UsageError extends BaseError {
  constructor({ problem, usage }: { problem: string; usage: string }) {
    super(`${problem}\n${usage}`);
  }
}

export class UnknownCharacterError extends BaseError {
  constructor({ wanted, known }: { wanted: string; known: readonly string[] }) {
    super(`There is no character called "${wanted}". There are: ${known.join(', ')}.`, {
      details: { wanted },
    });
  }
}

export class FrontDeskElsewhereError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`${name} receives requests, which a worker does not: start it with npm start.`, {
      details: { name },
    });
  }
}

export class NoSharedDatabaseError extends BaseError {
  constructor() {
    super(
      'A worker shares a PostgreSQL database with the other processes of its company: set POSTGRES_URL to its address, as npm start has it.',
    );
  }
}
