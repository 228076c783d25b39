export {
  AUDITOR,
  startAkashDevnet,
  type AkashAddresses,
  type AkashDevnet,
  type AkashDevnetInit,
} from './akash/akash-devnet.ts';
export { deriveKey, type ChainKey } from './akash/keys.ts';
export { accountCertificate, type CertificatePair } from './akash/provider/certificate.ts';
export { manifestHash, parseManifest } from './akash/provider/manifest.ts';
export { PROVIDERS, type ProviderProfile } from './akash/provider/provider-profile.ts';
