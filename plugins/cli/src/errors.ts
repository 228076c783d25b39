/** What keeps a command from being run. Its message says what to do. */
export class CliError extends Error {
  readonly code: string;

  constructor(message: string, { code }: { code: string }) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

export class NoServerError extends CliError {
  constructor({ directory }: { directory: string }) {
    super(
      `No server runs on the data directory ${directory}. Start it with "npm start", or say where it is: --url (or COMPANY_URL), and COMPANY_TOKEN.`,
      { code: 'NO_SERVER' },
    );
  }
}

export class NoTokenError extends CliError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The owner token in ${path} cannot be used: ${problem}. Or give one in COMPANY_TOKEN.`, {
      code: 'NO_TOKEN',
    });
  }
}

export class DotEnvError extends CliError {
  constructor({ problem }: { problem: string }) {
    super(`The file .env of this folder cannot be read: ${problem}. Mend it, or move it away.`, {
      code: 'DOT_ENV',
    });
  }
}

export class CharacterFileError extends CliError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The character file ${path} cannot be read: ${problem}`, { code: 'CHARACTER_FILE' });
  }
}

export class SdlFileError extends CliError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The SDL file ${path} cannot be read: ${problem}`, { code: 'SDL_FILE' });
  }
}
