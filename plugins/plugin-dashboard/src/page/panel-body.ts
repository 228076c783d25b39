import type { PanelState } from '../domain/panels.ts';
import { byId, make } from './elements.ts';

/**
 * Shows a panel, or says why there is nothing to show. What is shown stays between two updates.
 * @param content the elements that `update` fills, made once
 */
export function panelBody<Data>(
  id: string,
  content: readonly HTMLElement[],
  update: (data: Data) => void,
): (state: PanelState<Data>) => void {
  const body = byId(`${id}-body`, HTMLElement);
  const said = make('p', { class: 'note' }, 'Not known yet.');
  body.replaceChildren(said);
  return (state) => {
    if (state.state === 'ok') {
      update(state.data);
      if (!body.contains(content[0] ?? null)) body.replaceChildren(...content);
      return;
    }
    said.className = state.state === 'problem' ? 'problem' : 'note';
    said.textContent =
      state.state === 'problem'
        ? state.text
        : `No agent here has ${state.plugin}: list it in a character to see this.`;
    body.replaceChildren(said);
  };
}
