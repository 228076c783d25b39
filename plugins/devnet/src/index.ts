export {
  AUDITOR,
  startAkashDevnet,
  type AkashAddresses,
  type AkashDevnet,
  type AkashDevnetInit,
} from './akash/akash-devnet.ts';
export { deriveKey, type ChainKey } from './akash/keys.ts';
export { accountCertificate, type CertificatePair } from './akash/provider/certificate.ts';
export type { ImageProgram, KnownImages } from './akash/provider/images.ts';
export { manifestHash, parseManifest } from './akash/provider/manifest.ts';
export { PROVIDERS, type ProviderProfile } from './akash/provider/provider-profile.ts';
export {
  startIpfsDevnet,
  type IpfsDevnet,
  type IpfsDevnetInit,
  type IpfsLimits,
} from './ipfs/ipfs-devnet.ts';
export type { IpfsFaults } from './ipfs/faults.ts';
export {
  EVM_CHAIN_ID,
  startEvmDevnet,
  type EvmAccount,
  type EvmAddresses,
  type EvmDevnet,
  type EvmDevnetInit,
} from './evm/evm-devnet.ts';
export { endLeftovers } from './process/networks.ts';
export { runDevnet, type DevnetRun, type RunDevnetInit } from './process/run-devnet.ts';
export {
  DevnetControl,
  devnetSettings,
  findDevnet,
  findOrStartDevnet,
  type DevnetInfo,
  type DevnetSettings,
  type DevnetStart,
} from './client.ts';
