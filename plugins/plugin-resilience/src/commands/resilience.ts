import { hasRole, type Command } from '@371os/kernel';
import { describeReport, describeState } from '../domain/report-words.ts';
import { ASKED_MS } from '../services/measures.ts';
import { resilienceOf } from '../services/resilience-service.ts';

/** Tells how resilient the company is. */
export const resilienceCommand: Command = {
  name: 'resilience',
  usage: '/resilience',
  summary: 'measures how resilient the company is now',
  minimumRole: 'guest',
  run: async ({ runtime, principal }) => {
    const report = await (await resilienceOf(runtime)).measures.report(ASKED_MS);
    return hasRole(principal, 'admin') ? describeReport(report) : describeState(report);
  },
};
