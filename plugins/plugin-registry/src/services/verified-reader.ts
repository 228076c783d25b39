import { BaseError, type Clock } from '@371os/kernel';
import {
  globalIdOf,
  isSameRegistry,
  readRegistryName,
  type AgentReference,
} from '../domain/agent-id.ts';
import {
  checkSequence,
  type AgentReport,
  type Check,
  type Liveness,
} from '../domain/agent-report.ts';
import { MOST_CONTENT_BYTES, readContentUri, type ContentUri } from '../domain/content-uri.ts';
import { checkLiveness, isTimely, livenessOf, typedHeartbeat } from '../domain/heartbeat.ts';
import {
  registrationFileSchema,
  signedText,
  typedRegistration,
  type RegistrationFile,
} from '../domain/registration-file.ts';
import type { JsonValue } from '../domain/canonical-json.ts';
import { UnknownAgentError } from '../errors.ts';
import type { ContentStore, WebReader } from '../ports/content-store.ts';
import type { EvmChain } from '../ports/evm-chain.ts';
import type { AgentEntry, IdentityRegistry } from '../ports/identity-registry.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Heartbeats, VerifiedFiles } from '../ports/verified-files.ts';

export interface VerifiedReaderComponents {
  readonly chain: EvmChain;
  readonly identities: IdentityRegistry;
  readonly content: ContentStore;
  readonly web: WebReader;
  readonly signatures: Signatures;
  readonly verified: VerifiedFiles;
  readonly heartbeats: Heartbeats;
  /** How long content may take. */
  readonly timeoutMs: number;
  readonly now: Clock;
}

/** What is known of a file while it is checked. */
interface Reading {
  readonly reference: AgentReference;
  readonly entry: AgentEntry;
  readonly checks: Check[];
}

type Parsed = { readonly file: RegistrationFile; readonly json: Record<string, JsonValue> };

/** Reads agents so that what a chain's node, a server or a stranger says is checked first. */
export class VerifiedReader {
  readonly #components: VerifiedReaderComponents;

  constructor(components: VerifiedReaderComponents) {
    this.#components = components;
  }

  /**
   * An agent and what of it could be verified. What is forged is told in the report.
   * @throws UnknownAgentError, RpcUnreachableError; ContentUnreachableError when its file cannot be had now
   */
  async read(reference: AgentReference): Promise<AgentReport> {
    const { chain, identities } = this.#components;
    if (!isSameRegistry(reference.registry, identities.reference))
      throw new UnknownAgentError({ id: globalIdOf(reference) });
    const { number: blockNumber } = await chain.head();
    const entry = await identities.agent(reference.agentId, blockNumber);
    if (!entry) throw new UnknownAgentError({ id: globalIdOf(reference) });
    const reading: Reading = { reference, entry, checks: [] };
    const parsed = await this.#readFile(reading);
    const contentHash = parsed && (await this.#verifyFile(reading, parsed));
    const liveness = await this.#liveness(reading, parsed?.file);
    return {
      ...{ reference, blockNumber, contentHash, liveness },
      ...{ owner: entry.owner, wallet: entry.wallet, uri: entry.uri, file: parsed?.file },
      ...{ globalId: globalIdOf(reference), checks: reading.checks },
      ...verdictOf(reading.checks, parsed?.file, liveness),
    };
  }

  // --- its file

  async #readFile(reading: Reading): Promise<Parsed | undefined> {
    const { entry, checks } = reading;
    const uri = readContentUri(entry.uri);
    if ('problem' in uri) {
      checks.push({
        name: 'uri',
        state: 'failed',
        how: `"${entry.uri.slice(0, 80)}": ${uri.problem}`,
      });
      return undefined;
    }
    checks.push({ name: 'uri', state: 'passed', how: `${uri.scheme}, as the chain has it` });
    const bytes = await this.#bytes(uri, checks);
    return bytes && parseFile(bytes, checks);
  }

  async #bytes(uri: ContentUri, checks: Check[]): Promise<Uint8Array | undefined> {
    const { content, web, timeoutMs } = this.#components;
    const limits = { maxBytes: MOST_CONTENT_BYTES, timeoutMs };
    const name = 'content';
    try {
      switch (uri.scheme) {
        case 'ipfs': {
          const bytes = await content.read(uri.cid, limits);
          checks.push({ name, state: 'passed', how: `SHA2-256 of every block, as CID ${uri.cid}` });
          return bytes;
        }
        case 'data':
          checks.push({ name, state: 'passed', how: 'it is on chain itself' });
          return uri.bytes;
        case 'https': {
          const bytes = await web.read(uri.url, limits);
          checks.push({ name, state: 'absent', how: 'the web names no hash' });
          return bytes;
        }
      }
    } catch (error) {
      if (!BaseError.isInstance(error) || error.isRetryable) throw error;
      checks.push({ name, state: 'failed', how: error.message });
      return undefined;
    }
  }

  async #verifyFile({ reference, entry, checks }: Reading, parsed: Parsed): Promise<string> {
    const { signatures, verified, now } = this.#components;
    const { file, json } = parsed;
    const contentHash = signatures.hashText(signedText(json));
    checks.push(checkBackLink(file, reference));
    checks.push(await this.#checkSignature({ reference, entry, checks }, file, contentHash));
    const globalId = globalIdOf(reference);
    const { owner } = entry;
    const { sequence } = file;
    const stamp = { sequence, contentHash, owner };
    checks.push(checkSequence(stamp, await verified.find(globalId)));
    if (checks.every(({ state }) => state !== 'failed'))
      await verified.keep({ ...stamp, globalId, file, verifiedAtMs: now() });
    return contentHash;
  }

  async #checkSignature(
    { reference, entry, checks }: Reading,
    { signature, sequence = 0 }: RegistrationFile,
    contentHash: string,
  ): Promise<Check> {
    const name = 'signature';
    const isAnchored = checks.some((check) => check.name === 'content' && check.state === 'passed');
    if (!signature)
      return isAnchored
        ? { name, state: 'absent', how: 'nobody signed it; its hash stands on chain' }
        : { name, state: 'failed', how: 'nobody signed it, and what is on the web may change' };
    const { signer, value } = signature;
    if (!mayVouch(signer, entry))
      return { name, state: 'failed', how: `${signer} is neither its owner nor its wallet` };
    const data = typedRegistration({ agent: reference, sequence }, contentHash);
    return (await this.#components.signatures.isSignedBy(signer, data, value))
      ? { name, state: 'passed', how: `EIP-712 by ${signer}, ${roleOf(signer, entry)}` }
      : { name, state: 'failed', how: `it is not of ${signer} over this file, number and agent` };
  }

  // --- its signs of life

  async #liveness(
    { reference, entry, checks }: Reading,
    file: RegistrationFile | undefined,
  ): Promise<Liveness> {
    const { heartbeats, signatures, now } = this.#components;
    const isPromised = file?.liveness !== undefined;
    const beat = isPromised ? await heartbeats.find(globalIdOf(reference)) : undefined;
    const isGood =
      beat !== undefined &&
      isTimely(beat, now()) &&
      mayVouch(beat.signer, entry) &&
      (await signatures.isSignedBy(beat.signer, typedHeartbeat(reference, beat), beat.signature));
    const liveness: Liveness = isPromised
      ? livenessOf(isGood ? beat : undefined, now())
      : { state: 'unvouched' };
    checks.push(checkLiveness(liveness));
    return liveness;
  }
}

// NUL, and halves of surrogate pairs, as JSON writes them: no database keeps them.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function parseFile(bytes: Uint8Array, checks: Check[]): Parsed | undefined {
  const name = 'schema';
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const json = JSON.parse(text) as Record<string, JsonValue>;
    const result = registrationFileSchema.safeParse(json);
    if (UNSTORABLE.test(JSON.stringify(json))) {
      checks.push({ name, state: 'failed', how: 'it holds characters that are none' });
      return undefined;
    }
    if (result.success) {
      checks.push({ name, state: 'passed', how: 'ERC-8004 registration-v1' });
      return { file: result.data, json };
    }
    const [issue] = result.error.issues;
    const at = issue?.path.join('.') ?? '';
    checks.push({ name, state: 'failed', how: `${at || 'the file'}: ${issue?.message ?? ''}` });
  } catch {
    checks.push({ name, state: 'failed', how: 'it is no JSON' });
  }
  return undefined;
}

function checkBackLink({ registrations }: RegistrationFile, reference: AgentReference): Check {
  const name = 'back-link';
  const mine = registrations.filter(({ agentRegistry }) => {
    const named = readRegistryName(agentRegistry);
    return named && isSameRegistry(named, reference.registry);
  });
  if (registrations.length === 0)
    return { name, state: 'absent', how: 'the file names no registration' };
  return mine.some(({ agentId }) => String(agentId) === String(reference.agentId))
    ? { name, state: 'passed', how: 'the file names this agent of this registry' }
    : { name, state: 'failed', how: 'the file is that of another agent' };
}

function mayVouch(signer: string, { owner, wallet }: AgentEntry): boolean {
  return [owner, wallet].some((account) => account?.toLowerCase() === signer.toLowerCase());
}

function roleOf(signer: string, { owner }: AgentEntry): string {
  return owner.toLowerCase() === signer.toLowerCase() ? 'its owner' : 'its wallet';
}

function verdictOf(
  checks: readonly Check[],
  file: RegistrationFile | undefined,
  liveness: Liveness,
): Pick<AgentReport, 'isVerified' | 'isActive'> {
  const isVerified = file !== undefined && checks.every(({ state }) => state !== 'failed');
  const isUp = liveness.state === 'alive' || liveness.state === 'unvouched';
  const saysSo = file?.active === true && (file.status ?? 'active') === 'active';
  return { isVerified, isActive: isVerified && saysSo && isUp };
}
