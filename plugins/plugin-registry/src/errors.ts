import { BaseError } from '@371os/kernel';

/** The plugin is not loaded, or did not come up in time. */
export class RegistryMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `Agent ${agent} has no identity registry: add @371os/plugin-registry to the plugins of its character and restart.`,
      { isRetryable: true, details: { agent } },
    );
  }
}

/** Work on a chain that nobody has named. */
export class NoRegistryNetworkError extends BaseError {
  constructor({ missing }: { missing: readonly string[] }) {
    super(
      `Nothing was read or written: the registry needs the settings ${missing.join(', ')}. Set them and restart.`,
      { details: { missing } },
    );
  }
}

/** Work that has to be signed, without a key. */
export class NoWalletError extends BaseError {
  constructor() {
    super(
      'Nothing was signed, since there is no key: set AGENT_WALLET_FILE (an encrypted keystore, mode 0600) with its password, or AGENT_PRIVATE_KEY, and restart. No key is ever made up.',
    );
  }
}

/** A key or keystore that cannot be used. Nothing of it is shown. */
export class InvalidWalletError extends BaseError {
  constructor({ setting, problem }: { setting: string; problem: string }) {
    super(`The key in ${setting} cannot be used: ${problem}. Nothing was signed.`, {
      details: { setting },
    });
  }
}

/** The database does not answer for the registry. */
export class RegistryStoreError extends BaseError {
  constructor({ cause }: { cause: unknown }) {
    super(
      'What is known of registrations cannot be read or written, so nothing was sent: check that the database runs, and ask again.',
      { cause, isRetryable: true },
    );
  }
}

/** A plan in the database that is not one of this plugin's. */
export class UnknownPublicationError extends BaseError {
  constructor({ id }: { id: string }) {
    super(`There is no publication ${id} that this version can read.`, { details: { id } });
  }
}

/** Another publication of the same agent is under way. */
export class AgentBusyError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`Another change of ${name}'s registration is under way; this one follows it.`, {
      isRetryable: true,
      details: { name },
    });
  }
}

/** A status is to be changed of an agent that is not registered. */
export class NotRegisteredError extends BaseError {
  constructor({ name }: { name: string }) {
    super(
      `${name} is not registered, so there is nothing to change: ask for REGISTER_AGENT_BLOCKCHAIN first.`,
      { details: { name } },
    );
  }
}

/** A profile that cannot be published. */
export class InvalidProfileError extends BaseError {
  constructor({ field, problem }: { field: string; problem: string }) {
    super(`That cannot be registered: ${field || 'the profile'}: ${problem}.`, {
      details: { field },
    });
  }
}

/** An agent that is not in the registry. */
export class UnknownAgentError extends BaseError {
  constructor({ id }: { id: string }) {
    super(
      `There is no agent ${id} in the registry of the settings. An id is a number, or eip155:<chain>:<registry>/<number>.`,
      { details: { id } },
    );
  }
}

/** A wish that cannot be understood. */
export class InvalidToolRequestError extends BaseError {
  constructor({ field, problem }: { field: string; problem: string }) {
    super(`That cannot be done: ${field}: ${problem}.`, { details: { field } });
  }
}
