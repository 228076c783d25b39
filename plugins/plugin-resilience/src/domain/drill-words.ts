import { recoveryMs, type Drill, type DrillPlan, type DrillTarget } from './drill.ts';

/** What a drill will do, as a part of a sentence. */
export function summaryOf({ kind, target, seconds }: DrillPlan): string {
  const time = `${String(seconds)} s`;
  if (target.type === 'process') {
    const victim = `the process ${target.name} (pid ${String(target.pid)}) that works for ${target.agent}`;
    return kind === 'kill' ? `Drill: kill ${victim}` : `Drill: stop ${victim} for ${time}`;
  }
  const what = kind === 'blackhole' ? 'get no answer' : 'cannot connect';
  return `Drill: calls to ${calledIn(target)} ${what} for ${time}`;
}

/** What it expects, and what ends it, a line each. */
export function expectationsOf({ kind, target }: DrillPlan): string[] {
  switch (target.type) {
    case 'process':
      return [
        `- expected: a task of ${target.agent} is done within 30 s, by another process${kind === 'stop' ? ' or by this one when it goes on' : ''}`,
        kind === 'kill'
          ? '- what it was doing is taken over; it starts again only where somebody starts it'
          : '- it goes on by itself after that time, and when the drill is aborted',
      ];
    case 'provider':
      return [
        `- expected: another model of the slot ${target.slot} answers; the calls of everybody here go that way, and one small call each second is made and paid for`,
        ENDS_BY_ITSELF,
      ];
    case 'endpoint':
      return [
        `- expected: ${target.others.join(' or ')} answers; the calls of everybody here go there meanwhile`,
        ENDS_BY_ITSELF,
      ];
    case 'hosted':
      return [
        `- expected: its lease is closed, it is placed with another provider, and it does a task there within 10 min`,
        `- it costs money: it takes ${target.price} now, and the cheapest offer of another provider is taken instead, with fees and a deposit of its own; at most $${target.maximumUsd} a month, as was approved for it`,
        '- the calls get through again after that time, and when the drill is aborted; an agent that has begun to move moves on',
      ];
  }
}

const ENDS_BY_ITSELF = '- it ends by itself after that time, and when the drill is aborted';

function calledIn(target: Exclude<DrillTarget, { type: 'process' }>): string {
  switch (target.type) {
    case 'provider':
      return `the model provider ${target.provider}`;
    case 'endpoint':
      return `${target.origin}, which serves ${target.purpose},`;
    case 'hosted':
      return `${target.agent}, hosted by ${target.provider},`;
  }
}

/** A drill in a line. */
export function describeDrill(drill: Drill): string {
  const { id, plan, state, outcome } = drill;
  const detected = measured('noticed after', drill.detectedMs);
  const recovered = measured('recovered', recoveryMs(drill), ' after that');
  const figures = [detected, recovered].filter((part) => part !== '').join(', ');
  return `${id} ${state}: ${summaryOf(plan).replace(/^Drill: /, '')}${figures === '' ? '' : `; ${figures}`}${outcome === '' ? '' : `. ${outcome}`}`;
}

function measured(what: string, ms: number | undefined, after = ''): string {
  return ms === undefined ? '' : `${what} ${(ms / 1_000).toFixed(1)} s${after}`;
}
