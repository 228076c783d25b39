import { BaseError } from '@371os/kernel';

/** An SDL that the network would refuse, or that means nothing. */
export class InvalidSdlError extends BaseError {
  constructor({ path, problem }: { path: string; problem: string }) {
    super(`The SDL is not valid at ${path || 'its top'}: ${problem}.`, { details: { path } });
  }
}

/** A part of the SDL whose manifest nobody here can hash as a provider does. */
export class UnsupportedSdlError extends BaseError {
  constructor({ path, feature }: { path: string; feature: string }) {
    super(
      `The SDL asks for ${feature} at ${path}, which is newer than the tools used here: its manifest would get another hash than the provider's. Take it out.`,
      { details: { path, feature } },
    );
  }
}

/** A text that is no YAML, or YAML made to exhaust its reader. */
export class UnreadableSdlError extends BaseError {
  constructor({ problem, cause }: { problem: string; cause?: unknown }) {
    super(`The SDL cannot be read: ${problem}.`, { cause });
  }
}

/** An SDL file that may not be read, or is not there. */
export class SdlFileError extends BaseError {
  constructor({ name, problem }: { name: string; problem: string }) {
    super(`The SDL file "${name}" cannot be used: ${problem}.`, { details: { name } });
  }
}

/** A secret that was written out where everybody reads it. */
export class SecretWrittenOutError extends BaseError {
  constructor({ path }: { path: string }) {
    super(
      `A secret is written out at ${path}. Whoever reads this chat or the plan would have it, so take it for leaked and change it. Put the new one into the setting AKASH_SECRETS under a name, and write secret:NAME instead.`,
      { details: { path } },
    );
  }
}

/** A secret that is referred to and that no setting holds. */
export class UnknownSecretError extends BaseError {
  constructor({ name }: { name: string }) {
    super(`The setting AKASH_SECRETS holds no secret "${name}": add it there and restart.`, {
      details: { name },
    });
  }
}

/** A secret that another plugin is to supply and does not, or not yet. */
export class UnsuppliedSecretError extends BaseError {
  constructor({ name, partOf }: { name: string; partOf: string }) {
    super(
      `Nobody in this process supplies the secret "${name}" of ${partOf}: list the plugin that it belongs to in a character, with its settings. It goes on by itself then.`,
      { isRetryable: true, details: { name } },
    );
  }
}

/** A wish that no deployment can meet. */
export class InvalidSpecError extends BaseError {
  constructor({ field, problem }: { field: string; problem: string }) {
    super(`That cannot be deployed: ${field}: ${problem}.`, { details: { field } });
  }
}

/** A deployment that nobody would be paid for as it is priced. */
export class UnpayableSdlError extends BaseError {
  constructor({ path, denom }: { path: string; denom: string }) {
    super(
      `Akash takes payment for deployments in uact only, and the SDL has "${denom}" at ${path}: write denom: uact and the price in uact a block (1,000,000 uact are one US dollar).`,
      { details: { path, denom } },
    );
  }
}

/** Work on a chain that nobody here can reach or pay on. */
export class NoAkashNetworkError extends BaseError {
  /** @param network the one that is chosen, when only its key is missing */
  constructor({ network }: { network: string | undefined }) {
    const missing =
      network === undefined
        ? 'Set AKASH_NETWORK to mainnet or sandbox, and AKASH_KEYSTORE or AKASH_KEY'
        : `The network is set (${network}), its key is not: set AKASH_KEYSTORE and its password, which "npm run keystore" makes, or AKASH_KEY`;
    super(
      `Nothing has been deployed and nothing paid: deploying needs a node of an Akash network and a funded key. ${missing}; then restart, and ask for the plan again.`,
      { details: { network } },
    );
  }
}

/** A plan in the database that is not one of this plugin's. */
export class UnknownPlanError extends BaseError {
  constructor({ approvalId }: { approvalId: string }) {
    super(`Request ${approvalId} holds no deployment plan that this version can read.`, {
      details: { approvalId },
    });
  }
}

/** The plugin is not loaded, or did not come up in time. */
export class AkashMissingError extends BaseError {
  constructor({ agent }: { agent: string }) {
    super(
      `Agent ${agent} cannot plan deployments: add @371os/plugin-akash to the plugins of its character and restart.`,
      { isRetryable: true, details: { agent } },
    );
  }
}

/** An update that names no service where there are several, or one that there is not. */
export class UnknownWorkloadError extends BaseError {
  constructor({ id, services }: { id: string; services: readonly string[] }) {
    super(
      `Which service of deployment ${id} is to be updated? It has: ${services.join(', ')}. Nothing was changed.`,
      { details: { id } },
    );
  }
}

/** Work that needs an SDL which nobody here has. */
export class NoSdlError extends BaseError {
  constructor({ id, wish }: { id: string; wish: string }) {
    super(
      `Deployment ${id} was adopted, and nobody here has its SDL: it cannot be ${wish}. Deploy it anew from its SDL, and close ${id} then.`,
      { details: { id } },
    );
  }
}
