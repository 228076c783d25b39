import type { SdlExpose, SdlService, SdlVolume } from './schema.ts';

// chain-sdk keeps the order of the file where the Go tools sort, and the order is part of the hash.

/** One exposed port, in one direction. */
export interface SingleExpose extends Omit<SdlExpose, 'to' | 'proto'> {
  readonly proto: 'TCP' | 'UDP';
  readonly to: NonNullable<SdlExpose['to']>[number];
}

/** The ports of a service, each direction by itself, in Go's order; one without any is internal. */
export function singleExposes({ expose }: SdlService): SingleExpose[] {
  const singles = (expose ?? []).flatMap((entry) =>
    (entry.to?.length ? entry.to : [{}]).map((to) => ({
      ...entry,
      proto: entry.proto?.toUpperCase() === 'UDP' ? ('UDP' as const) : ('TCP' as const),
      to,
    })),
  );
  return singles.toSorted(
    (left, right) =>
      compareBytes(left.to.service ?? '', right.to.service ?? '') ||
      left.port - right.port ||
      compareBytes(left.proto, right.proto) ||
      Number(right.to.global ?? false) - Number(left.to.global ?? false),
  );
}

/** The volumes of a profile in Go's order: its comparison is no order, so its algorithm counts. */
export function sortVolumes(volumes: readonly SdlVolume[]): SdlVolume[] {
  const sorted = [...volumes];
  for (let index = 1; index < sorted.length; index += 1)
    for (let place = index; place > 0; place -= 1) {
      const [before, volume] = [sorted[place - 1], sorted[place]];
      if (!before || !volume || !goesBefore(volume, before)) break;
      [sorted[place - 1], sorted[place]] = [volume, before];
    }
  return sorted;
}

function goesBefore(left: SdlVolume, right: SdlVolume): boolean {
  if (left.size !== right.size) return left.size < right.size;
  const [mine, other] = [left.attributes?.persistent, right.attributes?.persistent];
  if (mine === undefined && other !== undefined) return true;
  if (mine !== undefined && other === undefined) return false;
  if (!mine) return true;
  return other === true && nameOf(left) < nameOf(right);
}

function nameOf(volume: SdlVolume): string {
  return ('name' in volume ? volume.name : undefined) ?? 'default';
}

/** Go's order of strings. ASCII, so that code units do. */
export function compareBytes(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
