import { NoHostingError } from '../errors/lives.ts';
import type { Hosting } from '../ports/hosting.ts';

/** What an agent without the Akash plugin can host. */
export const noHosting: Hosting = {
  quote: () => Promise.reject(refusal()),
  provision: () => Promise.reject(refusal()),
  find: () => Promise.reject(refusal()),
  answers: () => Promise.reject(refusal()),
  isVacated: () => Promise.resolve(false),
  move: () => Promise.reject(refusal()),
  deploymentOf: () => Promise.resolve(undefined),
  logs: () => Promise.resolve([]),
  close: () => Promise.resolve(undefined),
};

function refusal(): NoHostingError {
  return new NoHostingError({ what: 'add @371os/plugin-akash to the plugins of the front desk' });
}
