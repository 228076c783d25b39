import {
  generateManifest,
  generateManifestVersion,
  manifestToSortedJSON,
} from '@akashnetwork/chain-sdk';
import type { GroupSpec } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';

/** What a deployment takes: groups for the chain, the manifest for the provider, its hash for both. */
export interface Plan {
  readonly groups: GroupSpec[];
  readonly manifest: string;
  readonly hash: Uint8Array;
}

export interface Service {
  readonly image?: string;
  readonly region?: string;
  /** uact a block, at most. */
  readonly price?: number;
  readonly env?: string[];
  readonly auditor?: string;
  readonly port?: number;
  readonly denom?: 'uact' | 'uakt';
}

/** A plan for one web server, as chain-sdk makes it of an SDL. */
export async function planService(service: Service = {}): Promise<Plan> {
  const { image = 'nginx:alpine', region, price = 100, env, auditor, port = 80 } = service;
  const result = generateManifest({
    version: '2.0',
    services: {
      web: {
        image,
        ...(env ? { env } : {}),
        expose: [{ port, as: 80, to: [{ global: true }] }],
      },
    },
    profiles: {
      compute: {
        web: {
          resources: {
            cpu: { units: 0.5 },
            memory: { size: '512Mi' },
            storage: { size: '1Gi' },
          },
        },
      },
      placement: {
        anywhere: {
          ...(region ? { attributes: { region } } : {}),
          ...(auditor ? { signedBy: { anyOf: [auditor] } } : {}),
          pricing: { web: { denom: service.denom ?? 'uact', amount: price } },
        },
      },
    },
    deployment: { web: { anywhere: { profile: 'web', count: 1 } } },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.value));
  const { groups, groupSpecs } = result.value;
  return {
    groups: groupSpecs,
    manifest: manifestToSortedJSON(groups),
    hash: await generateManifestVersion(groups),
  };
}
