import type { SessionsPanel } from '../domain/panels.ts';
import { byId, make } from './elements.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { ask, currentSession } from './session.ts';
import { moment } from './words.ts';

type SessionLine = SessionsPanel['sessions'][number];

const WAYS = { link: 'by a link', token: 'with a token' } as const;

/** The browsers that are signed in, with a button that signs one out. */
export function sessionsView(): ReturnType<typeof panelBody<SessionsPanel>> {
  const list = make('ul', { class: 'rows' });
  const none = make('p', { class: 'note' }, 'No browser is signed in.');
  return panelBody<SessionsPanel>('sessions', [list, none], ({ sessions }) => {
    none.hidden = sessions.length > 0;
    keepChildren(list, sessions, { keyOf: ({ id }) => id, make: rowOf });
  });
}

function rowOf({ id, browser, way, begunAtMs, expiresAtMs }: SessionLine): HTMLElement {
  const isThis = id === currentSession();
  const about = [`signed in ${WAYS[way]} ${moment(begunAtMs)}`, `until ${moment(expiresAtMs)}`, id];
  return make(
    'li',
    { class: 'session' },
    make(
      'div',
      {},
      make('p', { class: 'strong' }, isThis ? `${browser} (this one)` : browser),
      make('p', { class: 'soft' }, about.join(' · ')),
    ),
    !isThis &&
      make(
        'button',
        {
          class: 'quiet',
          attributes: { type: 'button', 'aria-label': `End the session ${id}: ${browser}` },
          onClick: () => void end(id, browser),
        },
        'End',
      ),
  );
}

async function end(id: string, browser: string): Promise<void> {
  const outcome = byId('sessions-outcome', HTMLElement);
  outcome.hidden = false;
  outcome.className = 'outcome';
  try {
    await ask(`sessions/${encodeURIComponent(id)}/end`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    outcome.textContent = `${browser} is signed out.`;
  } catch (error) {
    outcome.className = 'outcome problem';
    outcome.textContent =
      error instanceof Error && error.message !== '' ? error.message : 'Nobody answered.';
  }
}
