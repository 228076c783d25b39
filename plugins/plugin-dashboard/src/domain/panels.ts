import type { SignedIn } from './signed-in.ts';

// What goes to the page, as JSON. Amounts are exact decimal texts in US dollars, moments are
// milliseconds since 1970, and null is what is not known.

export interface AgentLine {
  readonly name: string;
  readonly role: string;
  /** Where it is in its life; `unknown` where nobody keeps lives. */
  readonly phase: string;
  /** What is being done with it, in words. */
  readonly progress: string;
  /** Who hosts it: a provider on Akash, or the machine that it runs on. */
  readonly provider: string;
  readonly region: string | null;
  /** Number of its deployment on chain; null for one without a lease. */
  readonly lease: string | null;
  readonly monthlyUsd: string | null;
  readonly endpoint: string | null;
  /** `here` for one of this process, else when it last gave a sign of life. */
  readonly heartbeat: 'here' | number | null;
  /** How available it is for tasks; null where requests do not go to it. */
  readonly availability: string | null;
  readonly openTasks: number | null;
  readonly concurrency: number | null;
  readonly notice: string | null;
}

export interface AgentsPanel {
  readonly agents: readonly AgentLine[];
}

export interface TaskLine {
  readonly id: string;
  readonly agent: string;
  /** Null for what was asked in confidence. */
  readonly text: string | null;
  readonly state: string;
  readonly waitingFor: string | null;
  readonly attempt: number;
  readonly requester: string;
  readonly costUsd: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface QueuePanel {
  /** Those that have not ended, newest first. */
  readonly open: readonly TaskLine[];
  /** The newest that have ended. */
  readonly ended: readonly TaskLine[];
}

export interface CapLine {
  readonly name: string;
  readonly window: string;
  readonly limitUsd: string;
  readonly spentUsd: string;
  readonly reservedUsd: string;
  readonly remainingUsd: string;
}

export interface ShareLine {
  readonly name: string;
  readonly calls: number;
  readonly costUsd: string;
  /** What it will have cost at the end of the month. */
  readonly forecastUsd: string;
}

export interface CategoryLine {
  readonly category: string;
  readonly spentUsd: string;
  readonly perDayUsd: string;
  readonly forecastUsd: string;
  /** The organisation's monthly cap; null without one. */
  readonly limitUsd: string | null;
  /** Days that what is left lasts at this pace, with one decimal. */
  readonly runwayDays: string | null;
}

export interface BudgetPanel {
  readonly spentUsd: Readonly<Record<'day' | 'week' | 'month', string>>;
  readonly caps: readonly CapLine[];
  readonly categories: readonly CategoryLine[];
  readonly byAgent: readonly ShareLine[];
  readonly byModel: readonly ShareLine[];
  readonly byCategory: readonly ShareLine[];
  readonly monthStartMs: number;
  readonly monthEndMs: number;
  /** What each day of the month cost by category, oldest first; days without spending are left out. */
  readonly days: readonly {
    readonly day: string;
    readonly category: string;
    readonly costUsd: string;
  }[];
}

export interface LedgerLine {
  readonly id: string;
  readonly atMs: number;
  readonly category: string;
  readonly agent: string | null;
  readonly user: string | null;
  readonly model: string;
  readonly tokens: number;
  readonly costUsd: string;
  readonly status: string;
}

export interface CandidateLine {
  readonly agent: string;
  readonly role: string;
  /** Likeness to its examples, -1 to 1. */
  readonly score: number;
  readonly availability: string;
  readonly usdPerTask: string | null;
  /** `asked`, or why not. */
  readonly verdict: string;
}

export interface DecisionLine {
  readonly taskId: string;
  /** Null for what was asked in confidence. */
  readonly text: string | null;
  readonly agent: string;
  readonly reason: string;
  readonly requester: string;
  readonly state: string;
  readonly costUsd: string;
  readonly atMs: number | null;
  readonly candidates: readonly CandidateLine[];
  readonly calls: readonly {
    readonly model: string;
    readonly reason: string;
    readonly status: string;
    readonly costUsd: string;
  }[];
}

export interface DecisionsPanel {
  readonly decisions: readonly DecisionLine[];
}

export interface ListPriceLine {
  readonly name: string;
  /** Of the price list. */
  readonly date: string;
  readonly source: string;
  readonly monthlyUsd: string;
  /** What Akash costs less, in percent of it; negative when it costs more. */
  readonly savingPercent: number;
}

export interface DeploymentLine {
  readonly id: string;
  readonly workload: string;
  readonly state: string;
  readonly dseq: string | null;
  readonly places: readonly {
    readonly provider: string;
    readonly region: string | null;
    readonly endpoints: readonly string[];
  }[];
  readonly monthlyUsd: string;
  readonly maximumUsd: string;
  readonly costUsd: string;
  readonly runwayDays: number | null;
  readonly alternatives: readonly ListPriceLine[];
}

export interface DeploymentsPanel {
  readonly network: string;
  readonly deployments: readonly DeploymentLine[];
}

export interface Metric {
  /** As it is shown: `0.97`, `high`; null when it is not known. */
  readonly value: string | null;
  readonly level: 'good' | 'fair' | 'bad' | null;
  /** From what it was computed. */
  readonly words: string;
}

export interface DrillLine {
  readonly id: string;
  readonly state: string;
  readonly summary: string;
  readonly outcome: string;
  readonly atMs: number;
  /** From the fault to its being noticed, and from there to recovery. */
  readonly detectionMs: number | null;
  readonly recoveryMs: number | null;
}

export interface ResiliencePanel {
  readonly mode: {
    readonly state: string;
    readonly sinceMs: number;
    readonly cause: string;
  } | null;
  readonly leader: string | null;
  readonly offlineSyncRate: Metric;
  readonly platformDependencyRisk: Metric;
  readonly crossCommunityRedundancy: Metric;
  readonly classes: readonly {
    readonly dependency: string;
    readonly level: string | null;
    readonly effectiveSuppliers: number | null;
    readonly reasons: readonly string[];
  }[];
  readonly lastDrill: DrillLine | null;
  readonly problems: readonly string[];
}

export interface ApprovalLine {
  readonly id: string;
  readonly kind: string;
  readonly summary: string;
  readonly amountUsd: string;
  readonly requester: string;
  readonly minimumRole: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** The plan that is approved, as indented JSON. */
  readonly plan: string;
}

export interface ApprovalsPanel {
  readonly approvals: readonly ApprovalLine[];
}

export interface SessionsPanel {
  readonly sessions: readonly SignedIn[];
}

/** What each panel shows. */
export interface PanelData {
  readonly approvals: ApprovalsPanel;
  readonly agents: AgentsPanel;
  readonly queue: QueuePanel;
  readonly budget: BudgetPanel;
  readonly decisions: DecisionsPanel;
  readonly deployments: DeploymentsPanel;
  readonly resilience: ResiliencePanel;
  readonly sessions: SessionsPanel;
}

export type PanelName = keyof PanelData;

/** A panel as it stands: what it shows, or why it shows nothing. */
export type PanelState<Data> =
  | { readonly state: 'ok'; readonly data: Data }
  | { readonly state: 'absent'; readonly plugin: string }
  | { readonly state: 'problem'; readonly text: string };

/** What the stream tells: how one panel stands now. */
export type PanelEvent = {
  [Name in PanelName]: { readonly panel: Name } & PanelState<PanelData[Name]>;
}[PanelName];
