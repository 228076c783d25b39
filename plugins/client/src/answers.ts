import { z } from 'zod';

// What the server answers. Fields that a newer server adds are let through.

const task = z.looseObject({
  id: z.string(),
  /** The name of the agent that does it. */
  agent: z.string(),
  text: z.string(),
  /** As A2A 1.0 names it. */
  state: z.string(),
  answer: z.string(),
  /** `provider:model` that wrote the answer; `none` without one. */
  model: z.string(),
  /** US dollars. */
  costUsd: z.number(),
  /** Why this agent. */
  reason: z.string(),
  dependsOn: z.array(z.string()),
  /** What it waits for in INPUT_REQUIRED. */
  waitingFor: z.string().optional(),
});

const agent = z.looseObject({
  name: z.string(),
  role: z.string(),
  capabilities: z.array(z.string()),
  availability: z.string(),
  openTasks: z.number(),
  concurrency: z.number(),
  failuresInARow: z.number(),
  /** US dollars; left out when it is not known. */
  usdPerTask: z.number().optional(),
});

const life = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** `created` here, or `launched` from a character file. */
  origin: z.string(),
  /** `in-process` or `akash`. */
  hosting: z.string(),
  /** creating, initialising, ready, busy, draining, stopped or failed. */
  state: z.string(),
  /** Goes up with each start. */
  generation: z.number(),
  /** The one that this life of a created agent began with. */
  beganWith: z.number().optional(),
  /** What is being done, in words. */
  progress: z.string(),
  /** Why the clean-up is about to retire it. */
  notice: z.string().optional(),
  capabilities: z.array(z.string()).optional(),
  registration: z
    .looseObject({
      globalId: z.string(),
      cid: z.string(),
      transactionHash: z.string(),
      /** `active` or `retired`. */
      status: z.string(),
    })
    .optional(),
  lease: z
    .looseObject({ dseq: z.string(), provider: z.string(), monthlyUsd: z.string() })
    .optional(),
  /** Where a hosted one answers. */
  endpoint: z.string().optional(),
});
const performance = z.looseObject({
  completed: z.number(),
  failed: z.number(),
  queued: z.number(),
  errorRatePercent: z.number().nullable(),
  averageMs: z.number().nullable(),
  p95Ms: z.number().nullable(),
  costUsd: z.string(),
});
const transition = z.looseObject({
  number: z.number(),
  from: z.string(),
  to: z.string(),
  cause: z.string(),
  at: z.string(),
});

// Amounts of the treasury are exact decimal texts in US dollars.
const usd = z.string();
const share = z.looseObject({ name: z.string(), costUsd: usd });
const cap = z.looseObject({
  category: z.string(),
  scope: z.string(),
  /** The very agent, user or task. */
  scopeId: z.string(),
  window: z.string(),
  limitUsd: usd,
  spentUsd: usd,
  reservedUsd: usd,
  remainingUsd: usd,
});
const ledgerRow = z.looseObject({
  ts: z.string(),
  category: z.string(),
  provider: z.string(),
  model: z.string(),
  costUsd: usd,
  agent: z.string().optional(),
  user: z.string().optional(),
  task: z.string().optional(),
});

const approval = z.looseObject({
  id: z.string(),
  kind: z.string(),
  summary: z.string(),
  state: z.string(),
  amountUsd: usd,
  expiresAt: z.string(),
});

const origin = z.looseObject({
  /** `default`, `environment`, `file`, `character` or `registry`. */
  layer: z.string(),
  /** `set` for a secret; of an address only where it is. */
  value: z.string(),
  /** Such as `371os.json (agents > CFO Maya)`. */
  place: z.string(),
});
const setting = z.looseObject({
  setting: z.string(),
  /** The plugins that read it. */
  plugins: z.array(z.string()),
  /** What counts; left out when it is not set and has no default. */
  origin: origin.optional(),
  /** What lower layers say, the highest first. */
  below: z.array(origin),
  /** Whether the agent's registration may set it. */
  isForRegistry: z.boolean(),
  /** Why what its registration says of it does not count. */
  refused: z.string().optional(),
  /** All of this in words. */
  text: z.string(),
});

export const reply = z.looseObject({
  text: z.string(),
  tasks: z.array(task),
  costUsd: z.number(),
  decisions: z.array(z.record(z.string(), z.unknown())),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export const tasks = z.object({ tasks: z.array(task) });
export const oneTask = z.object({ task });
export const agents = z.object({ agents: z.array(agent) });
export const lives = z.object({ agents: z.array(life) });
export const oneLife = z.object({ agent: life });
export const lifeStatus = z.looseObject({
  agent: life,
  performance,
  journal: z.array(transition),
});
export const lifeDecision = z.looseObject({
  agentId: z.string(),
  /** The generation that tells this life from those before it. */
  beganWith: z.number().optional(),
  /** Whether it is being done; else it waits for the approval. */
  isBegun: z.boolean(),
  /** A line each. */
  plan: z.array(z.string()),
  approval,
});
export const memory = z.object({
  /** ElizaOS's rooms that the agent is in. */
  rooms: z.array(z.record(z.string(), z.unknown())),
  /** Rows of ElizaOS's memory tables, by table, oldest first. */
  memories: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});
export const restored = z.object({ restored: z.number() });
export const deploymentPlan = z.object({ approvalId: z.string(), plan: z.array(z.string()) });
export const logLines = z.object({ lines: z.array(z.string()) });
export const messages = z.object({
  messages: z.array(z.object({ from: z.string(), text: z.string() })),
});
export const budget = z.looseObject({
  caps: z.array(cap),
  spentUsd: z.record(z.string(), usd),
  byCategory: z.array(share),
  byAgent: z.array(share),
  byModel: z.array(share),
});
export const ledger = z.object({ rows: z.array(ledgerRow) });
export const approvals = z.object({ approvals: z.array(approval) });
export const configuration = z.looseObject({
  agent: z.string(),
  settings: z.array(setting),
  /** Why the agent's registration does not speak for it now. */
  problem: z.string().optional(),
});
export const carriedOut = z.looseObject({
  /** What was done, in words. */
  text: z.string(),
  /** As A2A names states of tasks: COMPLETED, FAILED, WORKING while it goes on, ... */
  state: z.string(),
  /** The task that does it, where one does. */
  task: z.string().optional(),
});
export const declined = approval;
const keptToken = z.looseObject({
  /** By which it is ended. */
  id: z.string(),
  name: z.string(),
  role: z.string(),
  scopes: z.array(z.string()),
  /** The one agent that it is for. */
  agent: z.string().optional(),
  issuedAt: z.string(),
  expiresAt: z.string(),
  isEnded: z.boolean(),
});
export const newToken = z.object({ token: z.string(), id: z.string() });
export const keptTokens = z.object({ tokens: z.array(keptToken) });
export const endedTokens = z.object({ name: z.string() });
export const endedToken = z.object({ token: keptToken });
export const signInCode = z.object({ code: z.string() });
const browserSession = z.object({
  id: z.string(),
  /** `link` or `token`. */
  way: z.string(),
  /** Such as `Firefox on Linux`, by its own word. */
  browser: z.string(),
  /** Milliseconds since 1970. */
  begunAtMs: z.number(),
  expiresAtMs: z.number(),
});
export const browserSessions = z.object({ sessions: z.array(browserSession) });
export const endedSession = z.object({ id: z.string() });

/** A browser that is signed in to the dashboard. */
export type BrowserSession = Readonly<z.output<typeof browserSession>>;
export const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** A token for a program, as it is kept: without the token. */
export type KeptToken = Readonly<z.output<typeof keptToken>>;
/** The answer to a message. Amounts are US dollars. */
export type Reply = Readonly<z.output<typeof reply>>;
export type CompanyTask = Readonly<z.output<typeof task>>;
export type Agent = Readonly<z.output<typeof agent>>;
/** An agent and where it is in its life. */
export type AgentLife = Readonly<z.output<typeof life>>;
/** The same with how it does its tasks, and how it came here, oldest first. */
export type AgentStatus = Readonly<z.output<typeof lifeStatus>>;
/** What becomes of the wish to have an agent created or retired. */
export type LifeDecision = Readonly<z.output<typeof lifeDecision>>;
/** What a deployment would be, a line each, and the approval that it waits for. */
export type DeploymentPlan = Readonly<z.output<typeof deploymentPlan>>;
/** What an agent remembers. */
export type Memory = Readonly<z.output<typeof memory>>;
export type Budget = Readonly<z.output<typeof budget>>;
export type LedgerRow = Readonly<z.output<typeof ledgerRow>>;
export type Approval = Readonly<z.output<typeof approval>>;
/** What came of an approval. */
export type CarriedOut = Readonly<z.output<typeof carriedOut>>;
/** Where a setting of an agent comes from. */
export type SettingReport = Readonly<z.output<typeof setting>>;
export type Configuration = Readonly<z.output<typeof configuration>>;
/** One line of a room's history. */
export type RoomLine = Readonly<z.output<typeof messages>['messages'][number]>;
