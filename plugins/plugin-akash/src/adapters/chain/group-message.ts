import { GroupSpec as GroupSpecMessage } from '@akashnetwork/chain-sdk/private-types/akash.v1beta4';
import type { GroupSpec, ResourceUnit } from '../../domain/sdl/compiled.ts';

/** A compiled group as the chain's message; quantities are their decimal digits, as bytes. */
export function groupMessage({ name, requirements, resources }: GroupSpec): GroupSpecMessage {
  return GroupSpecMessage.fromPartial({
    name,
    requirements: {
      signedBy: {
        allOf: [...(requirements.signed_by.all_of ?? [])],
        anyOf: [...(requirements.signed_by.any_of ?? [])],
      },
      attributes: (requirements.attributes ?? []).map(({ key, value }) => ({ key, value })),
    },
    resources: resources.map(({ resource, count, price }) => ({
      resource: resourceMessage(resource),
      count,
      price: { denom: price.denom, amount: price.amount },
    })),
  });
}

function resourceMessage({ id, cpu, memory, gpu, storage, endpoints }: ResourceUnit['resource']): {
  [key: string]: unknown;
} {
  return {
    id,
    cpu: { units: quantity(cpu.units), attributes: attributesOf(cpu) },
    memory: { quantity: quantity(memory.size), attributes: attributesOf(memory) },
    gpu: { units: quantity(gpu.units), attributes: attributesOf(gpu) },
    storage: storage.map((volume) => ({
      name: volume.name,
      quantity: quantity(volume.size),
      attributes: attributesOf(volume),
    })),
    endpoints: endpoints.map(({ kind = 0, sequence_number: sequenceNumber }) => ({
      kind,
      sequenceNumber,
    })),
  };
}

function quantity({ val }: { readonly val: string }): { val: Uint8Array } {
  return { val: Buffer.from(val) };
}

function attributesOf(holder: object): { key: string; value: string }[] {
  return 'attributes' in holder ? (holder.attributes as { key: string; value: string }[]) : [];
}
