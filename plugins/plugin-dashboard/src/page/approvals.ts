import type { ApprovalLine, ApprovalsPanel } from '../domain/panels.ts';
import { byId, make } from './elements.ts';
import { rowsOf } from './facts.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { ask } from './session.ts';
import { counted, dollars, moment } from './words.ts';

/** What waits for the owner's word, with a dialog to give it in. */
export function approvalsView(): ReturnType<typeof panelBody<ApprovalsPanel>> {
  const decide = decideDialog();
  const none = make('p', { class: 'note' }, 'Nothing waits for you.');
  const list = make('ul', { class: 'rows' });
  const news = byId('news', HTMLElement);
  const count = byId('approvals-count', HTMLElement);
  let known: ReadonlySet<string> | undefined;
  return panelBody<ApprovalsPanel>('approvals', [list, none], ({ approvals }) => {
    none.hidden = approvals.length > 0;
    count.hidden = approvals.length === 0;
    count.textContent = String(approvals.length);
    document.title = approvals.length > 0 ? `(${approvals.length}) 371OS` : '371OS';
    const fresh = approvals.filter(({ id }) => known && !known.has(id));
    if (fresh.length > 0)
      news.textContent = `${counted(fresh.length, 'new request')} for approval.`;
    known = new Set(approvals.map(({ id }) => id));
    keepChildren(list, approvals, { keyOf: ({ id }) => id, make: (one) => rowOf(one, decide) });
  });
}

function rowOf(approval: ApprovalLine, decide: (approval: ApprovalLine) => void): HTMLElement {
  const { id, summary, amountUsd, requester, expiresAtMs } = approval;
  const about = [`asked by ${requester}`, `until ${moment(expiresAtMs)}`, id];
  return make(
    'li',
    { class: 'approval' },
    make(
      'div',
      {},
      make('p', { class: 'strong' }, summary),
      make('p', { class: 'soft' }, about.join(' · ')),
    ),
    make('p', { class: 'figure' }, dollars(amountUsd)),
    make(
      'button',
      {
        attributes: { type: 'button', 'aria-label': `Decide on request ${id}` },
        onClick: () => {
          decide(approval);
        },
      },
      'Decide',
    ),
  );
}

type Verb = 'approve' | 'decline';

function decideDialog(): (approval: ApprovalLine) => void {
  const dialog = byId('decide', HTMLDialogElement);
  const problem = byId('decide-problem', HTMLElement);
  const buttons = {
    approve: byId('decide-approve', HTMLButtonElement),
    decline: byId('decide-decline', HTMLButtonElement),
  };
  let chosen: ApprovalLine | undefined;
  for (const verb of ['approve', 'decline'] as const)
    buttons[verb].addEventListener('click', () => {
      if (!chosen) return;
      dialog.close();
      void say(verb, chosen);
    });
  byId('decide-cancel', HTMLButtonElement).addEventListener('click', () => {
    dialog.close();
  });
  return (approval) => {
    chosen = approval;
    problem.textContent = '';
    const { summary, amountUsd, requester, kind, expiresAtMs, id, plan } = approval;
    byId('decide-summary', HTMLElement).textContent = summary;
    byId('decide-plan', HTMLElement).textContent = plan;
    byId('decide-facts', HTMLElement).replaceChildren(
      ...rowsOf([
        ['Amount', `at most ${amountUsd} USD`],
        ['Asked by', requester],
        ['Kind', kind],
        ['Good until', moment(expiresAtMs)],
        ['Request', id],
      ]),
    );
    dialog.showModal();
  };
}

const ENDED_BADLY = ['FAILED', 'CANCELED', 'REJECTED'];

// What is approved is carried out before it is answered, which may take minutes.
async function say(verb: Verb, { id, summary }: ApprovalLine): Promise<void> {
  const outcome = byId('approvals-outcome', HTMLElement);
  outcome.hidden = false;
  outcome.className = 'outcome';
  outcome.textContent = verb === 'approve' ? `Being carried out: ${summary} …` : 'One moment …';
  try {
    const path = `approvals/${encodeURIComponent(id)}/${verb}`;
    const response = await ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    const { text, state } = (await response.json()) as { text: string; state: string };
    if (ENDED_BADLY.includes(state)) outcome.className = 'outcome problem';
    outcome.textContent = text;
  } catch (error) {
    outcome.className = 'outcome problem';
    outcome.textContent =
      error instanceof Error && error.message !== ''
        ? error.message
        : `Nobody answered; whether ${summary} was done shows below.`;
  }
}
