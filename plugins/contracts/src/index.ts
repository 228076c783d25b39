export { PUBLIC_REGISTRIES, type RegistryAddresses } from './deployments.ts';
export { IDENTITY_REGISTRY } from './identity-registry.ts';
export { REPUTATION_REGISTRY } from './reputation-registry.ts';
