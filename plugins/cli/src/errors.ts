/** What keeps a command from being run. Its message says what to do. */
export class CliError extends Error {
  readonly code: string;
  /** What the command ends with. */
  readonly exitCode: number = 1;

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

export class EnvFileError extends CliError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The file ${path} ${problem}. Nothing was written into it.`, { code: 'ENV_FILE' });
  }
}

export class NobodyToAskError extends CliError {
  constructor() {
    super(
      'There is nobody to ask: init asks in a terminal, without --json. Give the answers in a JSON object, such as {"OPENAI_API_KEY": "..."}: --answers FILE, or --answers - for standard input; --gguf NAME gets a model.',
      { code: 'NOBODY_TO_ASK' },
    );
  }
}

/** Shows names of settings and never what was answered. */
export class AnswersError extends CliError {
  constructor({ problem }: { problem: string }) {
    super(`The answers cannot be used: ${problem}. Nothing was written.`, { code: 'ANSWERS' });
  }
}

/** A person has pressed Ctrl-C. */
export class InterruptedError extends CliError {
  override readonly exitCode = 130;

  constructor() {
    super('Interrupted. Nothing was written.', { code: 'INTERRUPTED' });
  }
}

export class GgufCatalogueError extends CliError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The catalogue of model files ${path} cannot be used: ${problem}.`, {
      code: 'GGUF_CATALOGUE',
    });
  }
}

export class UnknownGgufError extends CliError {
  constructor({ name, known }: { name: string; known: readonly string[] }) {
    super(
      `No model file is called "${name}". There are ${known.join(', ')}, and those of your own file (--models).`,
      { code: 'UNKNOWN_GGUF' },
    );
  }
}

export class DownloadError extends CliError {
  constructor({ name, url, problem }: { name: string; url: string; problem: string }) {
    super(
      `${name} could not be had from ${new URL(url).host}: ${problem}. Run "npx 371os init --gguf ${name}" to go on where it was.`,
      { code: 'DOWNLOAD' },
    );
  }
}

export class WrongFileError extends CliError {
  constructor({ name, url, sha256 }: { name: string; url: string; sha256: string }) {
    super(
      `What ${new URL(url).host} gave for ${name} has not the size and SHA-256 (${sha256}) of the catalogue, and was deleted. Try again; when that does not help, choose another model.`,
      { code: 'WRONG_FILE' },
    );
  }
}
