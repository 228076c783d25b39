import type { Provider, ProviderResult } from '@elizaos/core';
import { hasRole, principalOf, withinTime } from '@371os/kernel';
import { presentState } from '../domain/present-report.ts';
import { describeState, drillWords, riskWords } from '../domain/report-words.ts';
import { SourceTooSlowError } from '../errors/measures.ts';
import { resilienceOf } from '../services/resilience-service.ts';

const FRESH_MS = 5_000;
// ElizaOS gives a step up when its providers take a second.
const WITHIN_MS = 900;

/** Puts how resilient the company is into prompts; what limits it, for those who may know it. */
export const resilienceProvider: Provider = {
  name: 'RESILIENCE',
  description: 'How resilient the company is: the measured metrics, the mode, the last drill.',
  get: async (runtime, message): Promise<ProviderResult> => {
    if (!runtime.hasService('resilience')) return {};
    try {
      const late = (): Error => new SourceTooSlowError({ name: 'a provider', withinMs: WITHIN_MS });
      const measured = resilienceOf(runtime).then(({ measures }) => measures.report(FRESH_MS));
      const report = await withinTime(measured, WITHIN_MS, late);
      const details = hasRole(principalOf(runtime, message), 'admin')
        ? [
            `- the risk is ${riskWords(report.platformDependencyRisk)}`,
            `- last drill: ${drillWords(report)}`,
          ]
        : [];
      const state = presentState(report);
      return {
        text: ['# Resilience of the company', describeState(report), ...details].join('\n'),
        values: { resilienceMode: state['mode'], dependencyRisk: state['platformDependencyRisk'] },
        data: { state },
      };
    } catch (error) {
      // A provider that throws would cost the person the answer.
      runtime.logger.warn({ src: 'resilience:provider', error }, 'the resilience is not known');
      return {};
    }
  },
};
