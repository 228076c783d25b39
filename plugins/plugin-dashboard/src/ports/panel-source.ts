import type { PanelData, PanelName, PanelState } from '../domain/panels.ts';

/** Where what a panel shows comes from. */
export interface PanelSource<Name extends PanelName = PanelName> {
  readonly name: Name;
  /** How often it is worth a look while somebody watches, in milliseconds. */
  readonly everyMs: number;
  /** How it stands now. @throws what the plugin that knows it throws */
  read(): Promise<PanelState<PanelData[Name]>>;
}
