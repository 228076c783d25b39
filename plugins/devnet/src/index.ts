export { startChain, type AkashChainInit, type RunningChain } from './akash/akash-chain.ts';
export { Faults } from './akash/faults.ts';
export { deriveKey, type ChainKey } from './akash/keys.ts';
export { accountCertificate, type CertificatePair } from './akash/provider/certificate.ts';
