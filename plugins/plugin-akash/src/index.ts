import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent, registerCommands } from '@371os/kernel';
import { adoptDeploymentAction } from './actions/adopt-deployment.ts';
import { closeDeployment } from './actions/close-deployment.ts';
import { compareHostingCost } from './actions/compare-hosting-cost.ts';
import { deployToAkash } from './actions/deploy-to-akash.ts';
import { deploymentLogs } from './actions/deployment-logs.ts';
import { deploymentStatus } from './actions/deployment-status.ts';
import { listDeploymentsAction } from './actions/list-deployments.ts';
import { topUpDeployment } from './actions/top-up-deployment.ts';
import { updateDeployment } from './actions/update-deployment.ts';
import { commands } from './commands.ts';
import { deploymentHealth } from './evaluators/deployment-health.ts';
import { deploymentsProvider } from './providers/deployments.ts';
import { routes } from './routes/index.ts';
import * as schema from './schema.ts';
import { AkashService } from './services/akash-service.ts';
import { akashSettings } from './settings.ts';

export { compileSdlText } from './adapters/chain-sdk-compiler.ts';
export { CosmosAkashChain } from './adapters/chain/cosmos-akash-chain.ts';
export { configuredSigner, keystorePassword } from './adapters/configured-signer.ts';
export { ConsoleUptime } from './adapters/console-uptime.ts';
export { writeKeystore } from './adapters/keystore-file.ts';
export { loadNetworks } from './adapters/networks-file.ts';
export {
  FASTEST_BLOCK_MS,
  formatBlockPrice,
  monthlyCost,
  priceWithin,
  PROVIDER_BLOCK_MS,
  readBlockPrice,
  type BlockPrice,
} from './domain/block-price.ts';
export { demandOf, type Demand } from './domain/demand.ts';
export { workloadOf } from './domain/deployment.ts';
export type { DeploymentReport } from './domain/deployment-report.ts';
export {
  rateOf,
  type Deployment,
  type DeploymentState,
  type Placement,
} from './domain/deployment.ts';
export {
  maximumOfPlan,
  PLAN_KIND,
  readPlan,
  type DeploymentPlan,
} from './domain/deployment-plan.ts';
export { readSpec, type DeploymentSpec, type SpecFields } from './domain/deployment-spec.ts';
export { cents, describePlan, describePrice } from './domain/plan-words.ts';
export type { Secrets } from './domain/secret-reference.ts';
export type { HostingComparison } from './domain/hosting-cost.ts';
export { readDeployRequest, type DeployRequest } from './domain/request/read-deploy-request.ts';
export { chooseNetwork, type AkashNetwork } from './domain/network.ts';
export { runwayOf, topUpFor, type Runway } from './domain/runway.ts';
export {
  scoreBids,
  type Bid,
  type BidWishes,
  type ProviderFacts,
  type ScoredBid,
} from './domain/score-bid.ts';
export { goJson, type CompiledSdl, type GroupSpec, type Json } from './domain/sdl/compiled.ts';
export {
  AkashMissingError,
  InvalidSdlError,
  InvalidSpecError,
  NoAkashNetworkError,
  SdlFileError,
  SecretWrittenOutError,
  UnknownPlanError,
  UnknownSecretError,
  UnpayableSdlError,
  UnreadableSdlError,
  UnsupportedSdlError,
} from './errors.ts';
export { deploymentIdOf, type DeploymentOrder, type Deployments } from './services/deployments.ts';
export { AKASH_SERVICE, akashOf, AkashService, type PlanAsked } from './services/akash-service.ts';
export { supplySecrets } from './services/secret-sources.ts';
export type { PlannedDeployment, PlanRequest } from './services/planner.ts';
export { akashSettings, type AkashSettings } from './settings.ts';

const akashPlugin: Plugin = {
  name: 'akash',
  description: 'Plans, prices, makes, watches and closes deployments on Akash.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  schema,
  services: [AkashService],
  actions: [
    deployToAkash,
    listDeploymentsAction,
    deploymentStatus,
    deploymentLogs,
    closeDeployment,
    adoptDeploymentAction,
    topUpDeployment,
    updateDeployment,
    compareHostingCost,
  ],
  providers: [deploymentsProvider],
  evaluators: [deploymentHealth],
  routes,
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('akash', akashSettings);
    registerCommands(runtime, commands);
    return Promise.resolve();
  },
};

export default akashPlugin;
