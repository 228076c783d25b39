import { requireRole, type Clock, type Principal } from '@371os/kernel';
import { canonicalJson } from '../domain/canonical-json.ts';
import { statisticsOf, WINDOWS_MS } from '../domain/monitor/network-report.ts';
import { onChainRating, rateMetrics, type Metrics } from '../domain/reputation/rate-metrics.ts';
import type { AgentReader } from '../ports/agent-sources.ts';
import type { IdentityRegistry } from '../ports/identity-registry.ts';
import type { ReputationRegistry } from '../ports/reputation-registry.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Database } from '../store/database.ts';
import { findExecution, readMeasurements } from '../store/execution-store.ts';
import { keepRating, markSent, unsentRatings, type Rating } from '../store/rating-store.ts';
import { InvalidRatingError, SelfFeedbackError, UnknownExecutionError } from '../tool-errors.ts';
import type { AgentDirectory } from './agent-directory.ts';
import type { TransactionQueue } from './transaction-queue.ts';

export interface ReputationDeskComponents {
  readonly agent: string;
  readonly database: Database;
  readonly directory: AgentDirectory;
  readonly reader: AgentReader;
  readonly identities: Pick<IdentityRegistry, 'mayAct'>;
  readonly reputations: ReputationRegistry;
  readonly queue: Pick<TransactionQueue, 'sender' | 'confirm'>;
  readonly signatures: Pick<Signatures, 'hashText'>;
  /** How long a transaction may take to be deep enough. */
  readonly timeoutMs: number;
  readonly now: Clock;
}

/** What somebody thinks of an agent. */
export interface RatingRequest {
  /** The agent's id, number or name. */
  readonly agent: string;
  /** 0 to 1; by metrics, or by what was measured here, when missing. */
  readonly rating: number | undefined;
  readonly metrics: Metrics;
  readonly category: string;
  readonly evidence: readonly string[];
  /** A call of ours that is rated. */
  readonly executionId: string | undefined;
  /** Stands for this wish, so that its repetition sends nothing twice. */
  readonly requestId: string;
}

/** A rating that stands on chain. */
export interface SentRating {
  readonly rating: Rating;
  readonly transactionHash: string;
  readonly blockNumber: number | undefined;
}

/** Rates agents by what was measured, and says so on chain, once for each call. */
export class ReputationDesk {
  readonly #components: ReputationDeskComponents;

  constructor(components: ReputationDeskComponents) {
    this.#components = components;
  }

  /**
   * Sends a rating to the chain, or goes on with the one that was being sent.
   * @throws NotPermittedError, AgentNotFoundError, SelfFeedbackError, UnknownExecutionError,
   *   InvalidRatingError, and what the transaction queue throws
   */
  async rate(request: RatingRequest, requester: Principal): Promise<SentRating> {
    requireRole(requester, 'admin', 'rate agents on chain');
    const { database, directory } = this.#components;
    const { id, agentId } = await directory.find(request.agent);
    await this.#refuseOwn(id, agentId);
    const wanted = await this.#compose(request, id);
    const kept = await keepRating(database, { ...wanted, state: 'SENDING' });
    return this.#send(kept, requester.id);
  }

  /** Sends a proposal as it is. @throws what {@link rate} throws */
  async sendProposal(proposal: Rating): Promise<SentRating> {
    const { database } = this.#components;
    await this.#refuseOwn(proposal.agent, numberOf(proposal.agent));
    return this.#send(await keepRating(database, { ...proposal, state: 'SENDING' }), 'system');
  }

  /** Goes on with what was being sent when a process ended. */
  async resume(): Promise<void> {
    for (const rating of await unsentRatings(this.#components.database))
      await this.#send(rating, 'system');
  }

  // The contract refuses it, too; here it costs nothing to hear it.
  async #refuseOwn(id: string, agentId: string): Promise<void> {
    const { identities, queue, reader } = this.#components;
    const isOurs = await identities.mayAct(queue.sender, BigInt(agentId));
    const { wallet } = isOurs ? { wallet: undefined } : await reader.read(agentId);
    if (isOurs || wallet?.toLowerCase() === queue.sender.toLowerCase())
      throw new SelfFeedbackError({ id });
  }

  async #compose(
    request: RatingRequest,
    agent: string,
  ): Promise<Omit<Rating, 'state' | 'transactionHash'>> {
    const { queue, signatures, now } = this.#components;
    const { executionId, category, requestId } = request;
    const { rating, reason } = await this.#valueOf(request, agent);
    const evidence = canonicalJson({
      ...{ executionId: executionId ?? null, evidence: request.evidence },
      ...{ rater: queue.sender, timestamp: new Date(now()).toISOString() },
    });
    return {
      ...{ id: `${executionId ?? requestId}/${category}`, agent, executionId, category, reason },
      ...{ value: onChainRating(rating), evidence, evidenceHash: signatures.hashText(evidence) },
    };
  }

  async #valueOf(
    { rating, metrics, executionId }: RatingRequest,
    agent: string,
  ): Promise<{ rating: number; reason: string }> {
    if (executionId !== undefined) await this.#findExecution(executionId, agent);
    if (rating !== undefined) return { rating, reason: 'as it was given' };
    const given = rateMetrics(metrics);
    if (given !== undefined) return { rating: given, reason: 'by the metrics given' };
    const measured = rateMetrics(await this.#measured(agent));
    if (measured !== undefined)
      return { rating: measured, reason: 'by our calls of the last week' };
    throw new InvalidRatingError({ problem: 'there is no rating, no metric and no call of ours' });
  }

  async #findExecution(executionId: string, agent: string): Promise<void> {
    const found = await findExecution(this.#components.database, executionId);
    if (found?.agent !== agent) throw new UnknownExecutionError({ executionId, agent });
  }

  async #measured(agent: string): Promise<Metrics> {
    const { database, now } = this.#components;
    const span = { fromMs: now() - WINDOWS_MS.w, toMs: now() };
    const measured = statisticsOf(await readMeasurements(database, { ...span, agent }));
    return {
      p95LatencyMs: measured.p95LatencyMs ?? undefined,
      successShare: measured.successShare ?? undefined,
      averageCostUsd: measured.averageCostUsd ?? undefined,
    };
  }

  async #send(rating: Rating, user: string): Promise<SentRating> {
    const { database, reputations, queue, timeoutMs, agent } = this.#components;
    const { id, transactionHash } = rating;
    if (transactionHash !== undefined) return { rating, transactionHash, blockNumber: undefined };
    const call = reputations.rating({
      ...{ value: rating.value, category: rating.category, evidenceHash: rating.evidenceHash },
      ...{ agentId: BigInt(numberOf(rating.agent)), endpoint: '' },
    });
    const key = `feedback/${queue.sender}/${id}`;
    const scopes = { agent, user, task: rating.executionId };
    const receipt = await queue.confirm({ key, call, scopes }, AbortSignal.timeout(timeoutMs));
    await markSent(database, id, receipt.hash);
    return { rating, transactionHash: receipt.hash, blockNumber: receipt.blockNumber };
  }
}

/** The number in an agent's id. */
function numberOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
