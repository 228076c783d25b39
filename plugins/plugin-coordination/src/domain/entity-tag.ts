/**
 * Whether who asks has what they ask for already, as RFC 9110 compares for If-None-Match: weakly.
 * @param etag of what there is, in its quotes
 */
export function isKnownTag(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
