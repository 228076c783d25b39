// Quantities as Akash's own Go tools read them (pkg.akt.dev/go/sdl): the number as a double, times
// the unit, cut off to a whole.

const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

export const MEBIBYTE = 2 ** 20;
export const GIBIBYTE = 2 ** 30;

/** Bytes of `512Mi`, `1.5G` or `1048576`; undefined when the text is no size. */
export function readBytes(text: string): number | undefined {
  const match = /^(\d{1,20}(?:\.\d{1,20})?)(k|[KMGTPE]i|[MGTPE])?$/.exec(text);
  const unit = BYTES[match?.[2] ?? ''];
  return match && unit ? Math.trunc(Number(match[1]) * unit) : undefined;
}

/** Thousandths of a CPU of `0.5`, `500m` or `2`; undefined when the text is no such number. */
export function readMilliCpu(text: string): number | undefined {
  const milli = /^(\d{1,9})m$/.exec(text)?.[1];
  if (milli !== undefined) return Number(milli);
  return /^\d{1,9}(?:\.\d{1,20})?$/.test(text) ? Math.trunc(Number(text) * 1000) : undefined;
}

/** `0.5`, `2` */
export function formatCpu(milliCpu: number): string {
  return String(milliCpu / 1000);
}

/** `512 MiB`, `10 GiB`, or `1,500,000 bytes` for what is no whole number of a unit. */
export function formatBytes(bytes: number): string {
  for (const [unit, name] of [
    ['Ti', 'TiB'],
    ['Gi', 'GiB'],
    ['Mi', 'MiB'],
    ['Ki', 'KiB'],
    ['G', 'GB'],
    ['M', 'MB'],
  ] as const) {
    const amount = bytes / (BYTES[unit] ?? 1);
    if (Number.isInteger(amount * 4) && amount >= 1) return `${String(amount)} ${name}`;
  }
  return `${bytes.toLocaleString('en-US')} bytes`;
}
