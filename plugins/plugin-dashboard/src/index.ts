import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent } from '@371os/kernel';
import { routes } from './routes/index.ts';
import { DashboardService } from './services/dashboard-service.ts';
import * as schema from './schema/index.ts';
import { dashboardSettings } from './settings.ts';

export { SessionTokens, type SessionTokensInit } from './adapters/session-tokens.ts';
export type { PanelData, PanelEvent, PanelName, PanelState } from './domain/panels.ts';
export { describeBrowser, type Session, type SignedIn } from './domain/signed-in.ts';
export {
  DashboardMissingError,
  SessionRefusedError,
  SessionStoreError,
  SignInCodeError,
  UnknownSessionError,
} from './errors.ts';
export type { PanelSource } from './ports/panel-source.ts';
export { DASHBOARD_SERVICE, dashboardOf, DashboardService } from './services/dashboard-service.ts';
export { SessionStore } from './store/session-store.ts';
export { PanelHub, type PanelHubInit } from './services/panel-hub.ts';
export { Sessions, type SessionsInit } from './services/sessions.ts';
export { SignInCodes } from './services/sign-in-codes.ts';
export { dashboardSettings, type DashboardSettings } from './settings.ts';

/** The company on one page. */
const dashboardPlugin: Plugin = {
  // ElizaOS keeps /dashboard for its web client; a plugin's routes are mounted under its name.
  name: '371os',
  description: 'The company on one page, live: agents, money, decisions, approvals.',
  dependencies: ['@371os/plugin-treasury'],
  schema,
  services: [DashboardService],
  routes,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('dashboard', dashboardSettings);
    return Promise.resolve();
  },
};

export default dashboardPlugin;
