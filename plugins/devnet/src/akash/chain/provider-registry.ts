import type { ChainContext } from './chain-context.ts';
import { recordFormat } from './codec.ts';
import type { Table } from './store.ts';

export interface Attribute {
  readonly key: string;
  readonly value: string;
}

export interface ProviderRecord {
  readonly owner: string;
  readonly hostUri: string;
  readonly attributes: readonly Attribute[];
  readonly email: string;
  readonly website: string;
}

/** Attributes of a provider that an auditor vouches for. */
export interface AuditRecord {
  readonly owner: string;
  readonly auditor: string;
  readonly attributes: readonly Attribute[];
}

/** Who offers what, and who vouches for it. */
export class ProviderRegistry {
  readonly #providers: Table<ProviderRecord>;
  readonly #audits: Table<AuditRecord>;

  constructor(context: ChainContext) {
    this.#providers = context.store.table('provider', recordFormat());
    this.#audits = context.store.table('audit', recordFormat());
  }

  find(owner: string): ProviderRecord | undefined {
    return this.#providers.get(owner);
  }

  all(): ProviderRecord[] {
    return this.#providers.list().map(([, provider]) => provider);
  }

  audits(owner = ''): AuditRecord[] {
    return this.#audits.list(owner && `${owner}/`).map(([, audit]) => audit);
  }

  save(provider: ProviderRecord): void {
    this.#providers.set(provider.owner, provider);
  }

  saveAudit(audit: AuditRecord): void {
    this.#audits.set(`${audit.owner}/${audit.auditor}`, audit);
  }
}
