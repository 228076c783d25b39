import type { ElizaOS, IAgentRuntime } from '@elizaos/core';
import type {
  AgentPresence,
  AgentRecord,
  LifecycleService,
  Workplace,
} from '@371os/plugin-lifecycle';
import type * as lifecycle from '@371os/plugin-lifecycle';
import type { ResilienceService } from '@371os/plugin-resilience';
import type { RouterService } from '@371os/plugin-router';
import type { AgentLine } from '../domain/panels.ts';
import type { PanelSource } from '../ports/panel-source.ts';
import { panelOf, serviceHere } from './colleagues.ts';

type Listed = Awaited<ReturnType<RouterService['listAgents']>>[number];
type PresenceReader = Parameters<typeof lifecycle.listPresences>[0];

/** The agents of the company that live, with where they are and how available. */
export function agentsPanel(runtime: IAgentRuntime): PanelSource<'agents'> {
  return panelOf<'agents', LifecycleService>({
    ...{ name: 'agents', everyMs: 2_000, runtime },
    ...{ service: 'lifecycle', plugin: '@371os/plugin-lifecycle' },
    read: async (service) => {
      const { listPresences } = await import('@371os/plugin-lifecycle');
      const router = serviceHere(runtime, 'router') as RouterService | null;
      const [roster, workplaces, presences, listed, silences] = await Promise.all([
        service.roster(),
        service.workplaces(),
        listPresences((runtime as { db: PresenceReader }).db),
        router?.isOpen ? router.listAgents() : [],
        silencesIn(runtime),
      ]);
      const sightOf = sightIn(runtime, { workplaces, presences, listed, silences });
      return { agents: roster.map((agent) => lineOf(agent, sightOf(agent))) };
    },
  });
}

// Who sees to failover asks hosted agents every few seconds whether they are well.
async function silencesIn(runtime: IAgentRuntime): Promise<ReadonlyMap<string, number>> {
  const resilience = serviceHere(runtime, 'resilience') as ResilienceService | null;
  // Where it did not start, its own panel says why.
  const engine = await resilience?.engine().catch(() => undefined);
  return engine?.failovers.silences() ?? new Map<string, number>();
}

/** What is known of one agent beside its record. */
interface Sight {
  readonly heartbeat: AgentLine['heartbeat'];
  readonly workplace: Workplace | undefined;
  readonly listed: Listed | undefined;
}

interface Known {
  readonly workplaces: readonly Workplace[];
  readonly presences: readonly AgentPresence[];
  readonly listed: readonly Listed[];
  /** Of hosted agents, in milliseconds. */
  readonly silences: ReadonlyMap<string, number>;
}

function sightIn(
  runtime: IAgentRuntime,
  { workplaces, presences, listed, silences }: Known,
): (agent: AgentRecord) => Sight {
  const elizaOS = runtime.elizaOS as ElizaOS | undefined;
  const here = new Set([runtime, ...(elizaOS?.getAgents() ?? [])].map(({ agentId }) => agentId));
  const nowMs = Date.now();
  return ({ id, name }) => {
    const presence = presences.find(({ agent }) => agent === name);
    const silentMs = presence?.nodeId === undefined ? silences.get(name) : presence.silentMs;
    const seenAtMs = silentMs === undefined ? null : nowMs - silentMs;
    return {
      heartbeat: (here as ReadonlySet<string>).has(id) ? 'here' : seenAtMs,
      workplace: workplaces.find((one) => one.name === name),
      listed: listed.find((one) => one.name === name),
    };
  };
}

function lineOf(agent: AgentRecord, { heartbeat, workplace, listed }: Sight): AgentLine {
  const { name, role, state, progress, placement, notice } = agent;
  return {
    ...{ name, role, progress, heartbeat, phase: state },
    provider: placement?.provider ?? workplace?.place ?? '',
    region: placement?.region ?? null,
    lease: placement?.dseq ?? null,
    monthlyUsd: placement?.monthlyUsd ?? null,
    endpoint: placement?.endpoint ?? null,
    availability: listed?.availability ?? null,
    openTasks: listed?.load.open ?? null,
    concurrency: listed?.load.concurrency ?? null,
    notice: notice ?? null,
  };
}
