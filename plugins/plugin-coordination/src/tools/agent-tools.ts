import { formatUsd } from '@371os/kernel';
import { z } from 'zod';
import type { AgentDesk } from '../services/agent-desk.ts';
import { hopsIn, originsIn, type Terms } from '../domain/agents/delegation.ts';
import { offerTool, type ToolCall, type ToolRules } from './tool.ts';
import type { Counter } from './offers.ts';

const MOST_AGENTS = 10;
const LONGEST_WAIT_S = 600;

const words = z.string().min(1).max(65_536);
const agentName = z.string().min(1).max(64);
const taskId = z
  .string()
  .regex(/^[\da-f][\da-f-]{0,35}$/i, 'the id of a task, or its beginning, is expected');

const terms = {
  room: z
    .string()
    .regex(/^[\w .@:-]{1,64}$/)
    .default('main')
    .describe('The conversation that it belongs to; each asker has their own of each name'),
  idempotencyKey: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('Asked again under the same key, it is the same request, and done once'),
  waitSeconds: z
    .number()
    .int()
    .min(0)
    .max(LONGEST_WAIT_S)
    .default(45)
    .describe(
      'How long to wait for the end; the work goes on afterwards, and get_task tells of it',
    ),
};

const task = z.object({
  id: z.string(),
  agent: z.string(),
  text: z.string(),
  state: z.string().describe('As A2A names it'),
  answer: z.string(),
  model: z.string(),
  costUsd: z.number(),
  reason: z.string().describe('Why this agent'),
  dependsOn: z.array(z.string()),
  waitingFor: z.string().optional(),
});
type TaskShape = z.input<typeof task>;

const delegated = z.object({
  state: z.enum(['ENDED', 'WORKING']),
  answer: z.string(),
  tasks: z.array(task),
});

const agent = z.object({
  name: z.string(),
  role: z.string(),
  capabilities: z.array(z.string()),
  availability: z.string(),
  openTasks: z.number(),
  concurrency: z.number(),
  failuresInARow: z.number(),
  usdPerTask: z.string().optional(),
});

const candidate = z.object({
  agent: z.string(),
  role: z.string(),
  score: z.number().describe('Likeness to what it takes, -1 to 1'),
  availability: z.string(),
  open: z.number(),
  usdPerTask: z.string().optional(),
  verdict: z.string().describe('asked, or why not'),
});

const routed = z.object({
  text: z.string(),
  agent: z.string(),
  reason: z.string(),
  dependsOn: z.array(z.number()).describe('Positions of the parts whose results it needs'),
  candidates: z.array(candidate),
});

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true } as const;
const works = { readOnlyHint: false, destructiveHint: true, idempotentHint: false } as const;

/** The company's agents and tasks as tools. */
export function offerAgents(server: Counter, desk: AgentDesk, rules: ToolRules): void {
  offerList(server, desk, rules);
  offerWork(server, desk, rules);
  offerTasks(server, desk, rules);
  offerExplanation(server, desk, rules);
}

function offerList(server: Counter, desk: AgentDesk, rules: ToolRules): void {
  offerTool(server, rules, {
    ...{ name: 'list_agents', title: 'List agents', scope: 'agents:read' },
    description: 'Who works in this company, what for, and how busy each is',
    annotations: { ...reads, openWorldHint: false },
    input: z.object({}),
    output: z.object({ agents: z.array(agent) }),
    run: async ({ access }) => ({
      agents: (await desk.list(access)).map(({ load, health, rate, ...one }) => ({
        ...{ name: one.name, role: one.role, capabilities: [...one.capabilities] },
        ...{ availability: one.availability, openTasks: load.open, concurrency: load.concurrency },
        failuresInARow: health.failuresInARow,
        ...(rate ? { usdPerTask: formatUsd(rate.picoPerTask) } : {}),
      })),
    }),
  });
}

function offerWork(server: Counter, desk: AgentDesk, rules: ToolRules): void {
  offerTool(server, rules, {
    ...{ name: 'delegate_task', title: 'Delegate a task', scope: 'agents:run' },
    description:
      'Have the company do something, as in a chat: whoever fits, or the agent that is named. Costs count against its budget',
    annotations: { ...works, openWorldHint: true },
    input: z.object({
      task: words.describe('What is to be done, in plain words'),
      agent: agentName.optional().describe('Who is to do it; the company chooses otherwise'),
      ...terms,
    }),
    output: delegated,
    run: async (call) => {
      const { task: text, agent: named } = call.input;
      const order = { text, agent: named };
      return shown(await desk.delegate(call.access, order, termsOf(call), tell(call)));
    },
    text: ({ answer }) => answer,
  });
  offerTool(server, rules, {
    ...{ name: 'coordinate_agents', title: 'Coordinate agents', scope: 'agents:run' },
    description: 'Have several agents do a part each, at the same time, and join what they say',
    annotations: { ...works, openWorldHint: true },
    input: z.object({
      agents: z.array(agentName).min(1).max(MOST_AGENTS).describe('Who takes part'),
      task: words.describe('What each of them is to do'),
      parts: z
        .record(agentName, words)
        .optional()
        .describe('What an agent is to do instead, by its name as in agents'),
      ...terms,
    }),
    output: delegated,
    run: async (call) => {
      const { agents, task: text, parts = {} } = call.input;
      const orders = agents.map((name) => ({ agent: name, text: parts[name] ?? text }));
      return shown(await desk.coordinate(call.access, orders, termsOf(call), tell(call)));
    },
    text: ({ answer }) => answer,
  });
}

function offerTasks(server: Counter, desk: AgentDesk, rules: ToolRules): void {
  const input = z.object({ id: taskId.describe('The id of the task; its beginning is enough') });
  const output = z.object({ task });
  offerTool(server, rules, {
    ...{ name: 'get_task', title: 'Look at a task', scope: 'agents:read', input, output },
    description: 'How far a task is, and what came of it',
    annotations: { ...reads, openWorldHint: false },
    run: async ({ access, input: { id } }) => ({ task: taskOf(await desk.task(access, id)) }),
  });
  offerTool(server, rules, {
    ...{ name: 'cancel_task', title: 'Cancel a task', scope: 'agents:run', input, output },
    description: 'End a task and its parts',
    annotations: { ...works, idempotentHint: true, openWorldHint: false },
    run: async ({ access, input: { id } }) => ({ task: taskOf(await desk.cancel(access, id)) }),
  });
}

function offerExplanation(server: Counter, desk: AgentDesk, rules: ToolRules): void {
  offerTool(server, rules, {
    ...{ name: 'explain_routing', title: 'Explain the routing', scope: 'agents:read' },
    description:
      'Where a request would go and why, with nothing done; or why a task went where it went',
    annotations: { ...reads, openWorldHint: false },
    input: z
      .object({
        task: words.optional().describe('A request that is not made yet'),
        id: taskId.optional().describe('A task that there is'),
      })
      .refine(
        (asked) => (asked.task === undefined) !== (asked.id === undefined),
        'either "task" or "id" is expected',
      ),
    output: z.object({ parts: z.array(routed) }),
    run: async ({ access, input: { task: text, id } }) => {
      if (id === undefined)
        return { parts: (await desk.foresee(access, text ?? '')).map(foreseen) };
      const decision = await desk.explain(access, id);
      if (!decision) return { parts: [] };
      const { text: asked } = decision;
      return { parts: [foreseen({ text: asked, choice: decision, dependsOn: [] })] };
    },
  });
}

type Foreseen = Awaited<ReturnType<AgentDesk['foresee']>>[number];

function foreseen({
  text,
  choice,
  dependsOn,
}: Pick<Foreseen, 'text' | 'dependsOn'> & {
  readonly choice: Pick<Foreseen['choice'], 'agent' | 'reason' | 'candidates'>;
}): z.input<typeof routed> {
  const { agent: chosen, reason } = choice;
  return { text, agent: chosen, reason, dependsOn: [...dependsOn], candidates: ranked(choice) };
}

function ranked({
  candidates,
}: Pick<Foreseen['choice'], 'candidates'>): z.input<typeof candidate>[] {
  return candidates.map(
    ({ agent: name, role, score, availability, open, usdPerTask, verdict }) => ({
      ...{ agent: name, role, score, availability, open, verdict },
      ...(usdPerTask === undefined ? {} : { usdPerTask }),
    }),
  );
}

type WorkInput = Readonly<Record<'room', string>> & {
  readonly idempotencyKey?: string | undefined;
  readonly waitSeconds: number;
};

function termsOf({ input, meta }: ToolCall<WorkInput>): Terms {
  const { room, idempotencyKey: key, waitSeconds } = input;
  return { room, key, waitMs: waitSeconds * 1_000, hops: hopsIn(meta), origins: originsIn(meta) };
}

function tell({ onProgress }: ToolCall<WorkInput>): (made: { id: string; agent: string }) => void {
  return ({ id, agent: name }) => {
    onProgress(`${name} has it as task ${id}`);
  };
}

function shown({
  state,
  answer,
  tasks,
}: Awaited<ReturnType<AgentDesk['delegate']>>): z.input<typeof delegated> {
  return { state, answer, tasks: tasks.map(taskOf) };
}

function taskOf(view: Awaited<ReturnType<AgentDesk['task']>>): TaskShape {
  return task.parse(view);
}
