const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** `$4.20`; small amounts keep two digits that say something: `$0.00012`. */
export function dollars(usd: string): string {
  const amount = Number(usd);
  if (amount === 0) return '$0.00';
  if (Math.abs(amount) >= 0.01) return `$${amount.toFixed(2)}`;
  return `$${Number(amount.toPrecision(2)).toFixed(12).replace(/0+$/, '')}`;
}

/** `2026-03-18 14:05`, in the time of whoever reads it. */
export function moment(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `12 s`, `3 min`, `5 h`, `2 days`. */
export function span(ms: number): string {
  const size = Math.abs(ms);
  if (size < MINUTE_MS) return `${Math.round(size / 1_000)} s`;
  if (size < HOUR_MS) return `${Math.round(size / MINUTE_MS)} min`;
  if (size < 2 * DAY_MS) return `${Math.round(size / HOUR_MS)} h`;
  return `${Math.round(size / DAY_MS)} days`;
}

/** `SUBMITTED` as people write it. */
export function plain(state: string): string {
  return state.toLowerCase().replaceAll('_', ' ');
}

/** `1 task`, `3 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is shown of an id. */
export function short(id: string): string {
  return id.length > 12 ? id.slice(0, 8) : id;
}
