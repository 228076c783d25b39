import type { Middleware } from './http-guard.ts';

const PAGE = /^\/371os(?=\?|$)/;
// Names of the page's files and of what it asks for, and nothing that leads elsewhere.
const OPEN =
  /^\/371os(?:\/(?:page\/[\w-]+(?:\.[\w-]+)*|codes|sessions|data\/(?:events|ledger(?:\.csv)?|approvals\/\w+\/(?:approve|decline)|sessions(?:\/\w+\/end)?))?)?(?:\?|$)/;

/** Leads the address of the dashboard to its page: ElizaOS mounts that below the plugin's name. */
export const dashboardPath: Middleware = (request, _response, next) => {
  request.url = request.url?.replace(PAGE, '/371os/');
  next();
};

/**
 * Whether the dashboard answers an address by itself: its page and files hold no data, and what does
 * asks for a session that the guard does not know.
 */
export function isDashboard(address: string): boolean {
  return OPEN.test(address);
}
