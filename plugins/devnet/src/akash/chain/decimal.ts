const PLACES = 18;
const SCALE = 10n ** BigInt(PLACES);

/** A decimal number as the chain keeps it: the integer number of 1e-18. */
export type Atto = bigint;

/** Reads `35.5`; more than 18 decimals are cut off. The text comes from a decoded message. */
export function parseDecimal(text: string): Atto {
  const [whole = '0', fraction = ''] = text.replace(/^-/, '').split('.');
  const value =
    BigInt(whole === '' ? '0' : whole) * SCALE +
    BigInt(fraction.slice(0, PLACES).padEnd(PLACES, '0'));
  return text.startsWith('-') ? -value : value;
}

/** `35.5`, without zeros at the end. */
export function formatDecimal(value: Atto): string {
  const absolute = value < 0n ? -value : value;
  const fraction = (absolute % SCALE).toString().padStart(PLACES, '0').replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${String(absolute / SCALE)}${fraction && `.${fraction}`}`;
}

/** `35.500000000000000000`, as the chain's REST queries write it. */
export function formatFixed(value: Atto): string {
  const [whole = '0', fraction = ''] = formatDecimal(value).split('.');
  return `${whole}.${fraction.padEnd(PLACES, '0')}`;
}

export function fromUnits(units: bigint): Atto {
  return units * SCALE;
}

/** `value * ratio`, rounded down to whole units. */
export function multiplyUnits(units: bigint, ratio: Atto): bigint {
  return (units * ratio) / SCALE;
}
