import type { Workspace } from './workspace.ts';

/** Who holds an office here. */
export interface Holder {
  readonly name: string;
  readonly role: string;
}

/** What a workspace consists of, and who of it is not here. */
export function describeWorkspace(workspace: Workspace, here: readonly Holder[]): string {
  const { name, description, shortcuts, offices } = workspace;
  const holders = here.filter(({ role }) => offices.includes(role));
  const missing = offices.filter((office) => !here.some(({ role }) => role === office));
  const agents = holders.map((holder) => `${holder.name} (${holder.role})`).join(', ');
  return [
    `${name}: ${description}`,
    ...(agents === '' ? [] : [`Agents: ${agents}.`]),
    ...(missing.length === 0 ? [] : [`Nobody here is ${missing.join(' or ')}.`]),
    `Shortcuts: ${shortcuts.map((shortcut) => `/${shortcut}`).join(', ')}.`,
  ].join('\n');
}

/** All workspaces, one a line. */
export function listWorkspaces(
  workspaces: readonly Workspace[],
  current: string | undefined,
): string {
  if (workspaces.length === 0) return 'There are no workspaces.';
  const lines = workspaces.map(({ name, description }) => {
    const mark = name === current ? ' (this room)' : '';
    return `${name}${mark}: ${description}`;
  });
  return [
    ...lines,
    'Write /workspace NAME to have this room work on one, /workspace off to leave.',
  ].join('\n');
}
