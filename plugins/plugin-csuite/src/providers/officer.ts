import type { Provider, ProviderResult } from '@elizaos/core';
import { principalOf } from '@371os/kernel';
import { rulesOf } from '../domain/offices.ts';
import { CSUITE_SERVICE, type CsuiteService } from '../services/csuite-service.ts';

/** Tells an officer its office, its rules, and what it last found for the one who asks. */
export const officerProvider: Provider = {
  name: 'OFFICER',
  description: 'The office that this agent holds, its rules and its last findings.',
  get: async (runtime, message): Promise<ProviderResult> => {
    const desk = runtime.getService<CsuiteService>(CSUITE_SERVICE);
    const role = desk?.colleagues.ownRole();
    if (!desk || role === undefined) return {};
    const findings = desk.figures
      .of(principalOf(runtime, message).id)
      .map(({ action, text }) => `Last ${action}: ${text}`);
    const lines = [`# Office\nYou hold the office ${role}.`, ...rulesOf(role), ...findings];
    return { text: lines.join('\n'), values: { office: role } };
  },
};
