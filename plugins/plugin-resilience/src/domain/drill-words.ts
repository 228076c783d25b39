import { recoveryMs, type Drill, type DrillPlan } from './drill.ts';

/** What a drill will do, as a part of a sentence. */
export function summaryOf({ kind, target, seconds }: DrillPlan): string {
  const time = `${String(seconds)} s`;
  if (target.type === 'process') {
    const victim = `the process ${target.name} (pid ${String(target.pid)}) that works for ${target.agent}`;
    return kind === 'kill' ? `Drill: kill ${victim}` : `Drill: stop ${victim} for ${time}`;
  }
  return kind === 'blackhole'
    ? `Drill: calls to the model provider ${target.provider} get no answer for ${time}`
    : `Drill: calls to the model provider ${target.provider} cannot connect for ${time}`;
}

/** What it expects, and what ends it, a line each. */
export function expectationsOf({ kind, target }: DrillPlan): string[] {
  if (target.type === 'process')
    return [
      `- expected: a task of ${target.agent} is done within 30 s, by another process${kind === 'stop' ? ' or by this one when it goes on' : ''}`,
      kind === 'kill'
        ? '- what it was doing is taken over; it starts again only where somebody starts it'
        : '- it goes on by itself after that time, and when the drill is aborted',
    ];
  return [
    `- expected: another model of the slot ${target.slot} answers; the calls of everybody here go that way, and one small call each second is made and paid for`,
    '- it ends by itself after that time, and when the drill is aborted',
  ];
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
