/**
 * The UUID that stands for a hash, always the same for it: of version 8, made in a way of one's own
 * (RFC 9562).
 * @param hash at least 30 hexadecimal digits
 */
export function uuidFrom(hash: string): string {
  return [
    ...[hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(12, 15)}`],
    ...[`a${hash.slice(15, 18)}`, hash.slice(18, 30)],
  ].join('-');
}
