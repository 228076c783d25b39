import type { Command } from '@371os/kernel';
import {
  describeConfiguration,
  describeProblem,
  describeSetting,
} from '../domain/setting-report.ts';
import { explainConfiguration } from '../services/configuration.ts';

/** `/explain`: where settings come from. */
export const explainCommand: Command = {
  name: 'explain',
  usage: '/explain [SETTING [AGENT]]',
  summary: 'says where a setting comes from, and what is below it',
  minimumRole: 'admin',
  run: async ({ runtime, argument }) => {
    const [setting, ...name] = argument.split(/\s+/);
    const agent = name.length === 0 ? undefined : name.join(' ');
    const asked = setting ? { setting, agent } : {};
    const { settings, problem, ...found } = await explainConfiguration(runtime, asked);
    const words = setting
      ? settings.map((report) => describeSetting(report, found.agent))
      : [describeConfiguration(settings, found.agent)];
    return [...words, ...(problem === undefined ? [] : [describeProblem(problem)])].join('\n');
  },
};
