import type { DeploymentLine, DeploymentsPanel } from '../domain/panels.ts';
import { linkTo, make } from './elements.ts';
import { facts } from './facts.ts';
import { keepChildren } from './keep-children.ts';
import { panelBody } from './panel-body.ts';
import { tableOf } from './tables.ts';
import { dollars, plain } from './words.ts';

// Below this the escrow wants a look.
const SHORT_RUNWAY_DAYS = 3;

/** What runs on Akash, for how long it is paid, and what it would cost elsewhere. */
export function deploymentsView(): ReturnType<typeof panelBody<DeploymentsPanel>> {
  const about = make('p', { class: 'soft' });
  const list = make('ul', { class: 'cards wide' });
  return panelBody<DeploymentsPanel>('deployments', [about, list], ({ network, deployments }) => {
    about.textContent =
      deployments.length === 0
        ? `Nothing is deployed on Akash (${network}).`
        : `On Akash (${network}).`;
    keepChildren(list, deployments, { keyOf: ({ id }) => id, make: cardOf });
  });
}

function cardOf(deployment: DeploymentLine): HTMLElement {
  const { id, workload, state, dseq, places, monthlyUsd, maximumUsd, costUsd } = deployment;
  return make(
    'li',
    { class: 'card' },
    make(
      'p',
      { class: 'title' },
      make('span', { class: `badge ${state.split(' ')[0] ?? ''}` }, plain(state)),
      make('strong', {}, workload),
      make('code', { class: 'soft' }, id),
    ),
    facts([
      ['Lease', dseq === null ? 'none yet' : `number ${dseq}`],
      ...places.map(
        ({ provider, region }) =>
          ['Provider', region ? `${provider} (${region})` : provider] as const,
      ),
      ...places.flatMap(({ endpoints }) =>
        endpoints.map((one) => ['Answers at', linkTo(one)] as const),
      ),
      ['A month', `${dollars(monthlyUsd)}, at most ${dollars(maximumUsd)}`],
      ['Until now', dollars(costUsd)],
      ['Paid ahead', runwayOf(deployment)],
    ]),
    comparisonOf(deployment),
  );
}

function runwayOf({ runwayDays }: DeploymentLine): HTMLElement | string {
  if (runwayDays === null) return 'nothing is being spent';
  const kind = runwayDays < SHORT_RUNWAY_DAYS ? 'warning' : '';
  return make('span', { class: kind }, `${runwayDays} days`);
}

function comparisonOf({ alternatives, monthlyUsd, id }: DeploymentLine): HTMLElement | null {
  if (alternatives.length === 0) return null;
  const rows = alternatives.map(({ name, date, monthlyUsd: other, savingPercent }) => [
    make('span', {}, name, make('small', { class: 'soft' }, ` list price of ${date}`)),
    dollars(other),
    savingPercent >= 0 ? `${savingPercent} % less` : `${-savingPercent} % more`,
  ]);
  const head = ['The same elsewhere', 'A month', 'Akash costs'];
  const label = `Deployment ${id} at ${dollars(monthlyUsd)} a month beside list prices`;
  return tableOf(label, head, rows, [1, 2]);
}
