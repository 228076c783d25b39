import { hasRole, ruledAction } from '@371os/kernel';
import { asksForResilience } from '../domain/read-monitor-request.ts';
import { describeReport, describeState } from '../domain/report-words.ts';
import { presentReport, presentState } from '../domain/present-report.ts';
import { ASKED_MS } from '../services/measures.ts';
import { resilienceOf } from '../services/resilience-service.ts';

/** Tells how resilient the company is: the state to everybody, the details to the owner and admins. */
export const monitorResilience = ruledAction({
  name: 'MONITOR_RESILIENCE',
  similes: ['RESILIENCE_REPORT', 'DEPENDENCY_RISK', 'SYNC_RATE'],
  description:
    'Measures the resilience of the company now: offline sync rate, platform dependency risk and what limits it, redundancy when any one supplier is lost, the mode and the last drill.',
  rule: (text) => (asksForResilience(text) ? {} : undefined),
  example: [
    'Monitor our resilience',
    'platform_dependency_risk: high, limited by database: fewer than 1.5 effective suppliers.',
  ],
  validate: (runtime) => Promise.resolve(runtime.hasService('resilience')),
  work: async ({ runtime, principal }) => {
    const { measures } = await resilienceOf(runtime);
    const report = await measures.report(ASKED_MS);
    const mayKnow = hasRole(principal, 'admin');
    return {
      text: mayKnow ? describeReport(report) : describeState(report),
      values: presentState(report),
      data: { report: mayKnow ? presentReport(report) : presentState(report) },
    };
  },
});
