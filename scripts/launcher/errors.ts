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

export class StillAnsweringError extends BaseError {
  constructor({ requests }: { requests: number }) {
    super(
      `${String(requests)} requests were still being answered when the time for that was over: whoever sent them may send them again.`,
      { details: { requests } },
    );
  }
}

export class AgentsNotStartedError extends BaseError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(`The agents could not be started: ${problem}`, { cause });
  }
}

export class NewerDataError extends BaseError {
  constructor({ place, writer, program }: { place: string; writer: string; program: string }) {
    super(
      `${place} was written by 371OS ${writer}, and this is 371OS ${program}, which may not understand it. Nothing was changed: start 371OS ${writer} or a newer one, or use other data (DATA_DIR, POSTGRES_URL).`,
      { details: { writer, program } },
    );
  }
}

export class VersionFileDamagedError extends BaseError {
  constructor({ path, cause }: { path: string; cause: unknown }) {
    super(
      `${path} does not say any more which version of 371OS wrote the data beside it. Nothing was changed: put the file back from a backup, or start the version that wrote it last once the file says {"version": "0.1.0", "since": "2026-01-01T00:00:00Z"} with that version.`,
      { cause, details: { path } },
    );
  }
}

export class DiskFullError extends BaseError {
  constructor(room: { directory: string; freeMb: number; reserveMb: number }) {
    const { directory, freeMb, reserveMb } = room;
    super(
      `The disk is full: ${freeMb} MB are free where ${directory} is, and 371OS needs ${reserveMb} MB (DISK_RESERVE_MB) to start. Nothing was changed: make room, and start again.`,
      { details: room },
    );
  }
}

export class DiskTooSmallError extends BaseError {
  constructor(sizes: { directory: string; freeBytes: number; wantedBytes: number }) {
    const { directory, freeBytes, wantedBytes } = sizes;
    super(
      `Upgrading the database in ${directory} needs ${Math.ceil(wantedBytes / 1e6)} MB of free disk, and ${Math.floor(freeBytes / 1e6)} MB are free. Nothing was changed: make room, and start again.`,
      { details: sizes },
    );
  }
}

/** The migration of a copy of the database did not work. */
export class MigrationFailedError extends BaseError {
  constructor({ problem }: { problem: string }) {
    super(problem);
  }
}

export class RowsLostError extends BaseError {
  constructor({ table, before, after }: { table: string; before: number; after: number }) {
    super(`the table ${table} had ${before} rows, and would have ${after}`, {
      details: { table, before, after },
    });
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

interface FailedUpgrade {
  readonly directory: string;
  readonly writer: string;
  readonly program: string;
  readonly problem: string;
  readonly cause: unknown;
}

export class UpgradeFailedError extends BaseError {
  constructor({ directory, writer, program, problem, cause }: FailedUpgrade) {
    super(
      `The database of 371OS ${writer} in ${directory} could not be upgraded to ${program}: ${problem}. It is as it was: start 371OS ${writer} to go on with it, and report what failed (371os.log has more).`,
      { cause, details: { writer, program } },
    );
  }
}

export class DatabaseUpgradeFailedError extends BaseError {
  constructor({ writer, program, problem, cause }: Omit<FailedUpgrade, 'directory'>) {
    super(
      `The PostgreSQL database of 371OS ${writer} could not be upgraded to ${program}: ${problem}. A part of its tables may be changed: put back the backup that was made before, start 371OS ${writer} to go on with it, and report what failed (371os.log has more).`,
      { cause, details: { writer, program } },
    );
  }
}

export class PostgresUnusableError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'The agents could not be started: the PostgreSQL server of POSTGRES_URL cannot be used; is it running, does it have the extension pgvector, and may this user create schemas?',
      { cause },
    );
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
