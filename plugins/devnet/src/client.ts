// What others need to find, start and steer a devnet in a process of its own. It loads no chain.
export { DevnetControl } from './process/devnet-control.ts';
export { findDevnet, type DevnetInfo } from './process/devnet-info.ts';
export { findOrStartDevnet, type DevnetStart } from './process/find-or-start-devnet.ts';
export { devnetSettings, type DevnetSettings } from './settings.ts';
