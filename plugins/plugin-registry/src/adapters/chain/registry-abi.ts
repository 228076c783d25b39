import { Interface } from 'ethers';
import { IDENTITY_REGISTRY } from '@371os/contracts';

/** The identity registry of ERC-8004 (January 2026), whoever has deployed it. */
export const REGISTRY_ABI = new Interface(IDENTITY_REGISTRY.abi);

/** One of three functions of that name. */
export const REGISTER = 'register(string,(string,bytes)[])';
