import type { PanelEvent } from '../domain/panels.ts';
import { agentsView } from './agents.ts';
import { approvalsView } from './approvals.ts';
import { budgetView } from './budget.ts';
import { decisionsView } from './decisions.ts';
import { deploymentsView } from './deployments.ts';
import { byId } from './elements.ts';
import { ledgerView } from './ledger.ts';
import { queueView } from './queue.ts';
import { resilienceView } from './resilience.ts';
import { findSession, forgetSession, signIn, signOut } from './session.ts';
import { sessionsView } from './sessions.ts';
import { openStream } from './stream.ts';

const LINK_WORDS = { live: 'Live', connecting: 'Connecting …', paused: 'Paused' } as const;

const signInPart = byId('sign-in', HTMLElement);
const board = byId('board', HTMLElement);
const problem = byId('sign-in-problem', HTMLElement);
const link = byId('link', HTMLElement);
const signOutButton = byId('sign-out', HTMLButtonElement);

let closeStream: (() => void) | undefined;

const views = {
  approvals: approvalsView(),
  agents: agentsView(),
  queue: queueView(),
  budget: budgetView(),
  decisions: decisionsView(),
  deployments: deploymentsView(),
  resilience: resilienceView(),
  sessions: sessionsView(),
};

const lookAtLedger = ledgerView(beginAnew);

function show(event: PanelEvent): void {
  // Each view takes the panel of its name, which TypeScript cannot tell of a union.
  (views[event.panel] as (state: PanelEvent) => void)(event);
  if (event.panel === 'budget') lookAtLedger();
}

function enter(): void {
  signInPart.hidden = true;
  board.hidden = false;
  signOutButton.hidden = false;
  closeStream?.();
  closeStream = openStream({
    onPanel: show,
    onState: (state) => {
      link.textContent = LINK_WORDS[state];
      link.dataset['state'] = state;
    },
    onSignedOut: beginAnew,
  });
}

function leave(): void {
  signInPart.hidden = false;
  board.hidden = true;
  signOutButton.hidden = true;
  link.textContent = 'Signed out';
  link.dataset['state'] = 'out';
}

signOutButton.addEventListener('click', () => {
  void signOut().finally(startOver);
});

byId('sign-in-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('token', HTMLInputElement);
  const token = field.value.trim();
  field.value = '';
  begin(signIn(token).then(() => true));
});

function begin(session: Promise<boolean>): void {
  problem.textContent = '';
  session
    .then((hasSession) => {
      if (hasSession) enter();
      else leave();
    })
    .catch((error: unknown) => {
      leave();
      problem.textContent = error instanceof Error ? error.message : String(error);
    });
}

// The session is over; this browser may have what begins another.
function beginAnew(): void {
  forgetSession();
  startOver();
}

// What was shown must not stay behind in the page.
function startOver(): void {
  closeStream?.();
  location.reload();
}

begin(findSession());
