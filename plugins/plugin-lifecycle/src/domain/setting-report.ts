import type { SettingReport, ShownOrigin } from '@371os/kernel';

/** Where a setting of an agent comes from, in words. */
export function describeSetting(report: SettingReport, agent: string): string {
  const { reach, origin, below, refused } = report;
  const whose = reach === 'agent' ? agent : 'the whole company';
  return [
    origin === undefined
      ? `${report.setting} is not set for ${whose}, and it has no default.`
      : `${report.setting} is ${origin.value} for ${whose}: from ${origin.place}.`,
    ...(below.length === 0 ? [] : [`Below it: ${below.map(belowWords).join(', ')}.`]),
    ...(refused === undefined
      ? []
      : [`What its registration says of it does not count: ${refused}.`]),
    report.isForRegistry
      ? 'What its registration says counts at once, any other change at the next start.'
      : 'A change counts at the next start.',
  ].join(' ');
}

/** What somebody has set for an agent, one setting a line; those with their defaults are counted. */
export function describeConfiguration(reports: readonly SettingReport[], agent: string): string {
  const made = reports.flatMap(({ setting, origin }) =>
    origin === undefined || origin.layer === 'default'
      ? []
      : [`- ${setting} is ${origin.value}: from ${origin.place}`],
  );
  const rest = `${String(reports.length - made.length)} more have their defaults or are not set.`;
  return [`Settings of ${agent}:`, ...made, rest].join('\n');
}

/** Why the registration of an agent does not speak for it now. */
export function describeProblem(problem: string): string {
  return `Its registration cannot be believed now, so it changes nothing: ${problem}`;
}

function belowWords({ layer, place, value }: ShownOrigin): string {
  return `${layer === 'file' ? place : layer} ${value}`;
}
