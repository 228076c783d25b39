import { IDENTITY_REGISTRY, REPUTATION_REGISTRY } from '@371os/contracts';
import { ContractFactory, type Signer } from 'ethers';

const DEPLOY_TIMEOUT_MS = 30_000;

export interface DeployedRegistries {
  readonly identityRegistry: string;
  readonly reputationRegistry: string;
}

/** Puts the two registries of ERC-8004 on a chain. @returns their addresses */
export async function deployRegistries(deployer: Signer): Promise<DeployedRegistries> {
  const identityRegistry = await deploy(IDENTITY_REGISTRY, deployer, []);
  const reputationRegistry = await deploy(REPUTATION_REGISTRY, deployer, [identityRegistry]);
  return { identityRegistry, reputationRegistry };
}

async function deploy(
  { abi, bytecode }: { abi: readonly string[]; bytecode: string },
  deployer: Signer,
  args: readonly string[],
): Promise<string> {
  const contract = await new ContractFactory(abi, bytecode, deployer).deploy(...args);
  await contract.deploymentTransaction()?.wait(1, DEPLOY_TIMEOUT_MS);
  return contract.getAddress();
}
