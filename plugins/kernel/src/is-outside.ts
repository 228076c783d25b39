import { isPublicAddress } from './public-address.ts';

// What such a name leads to is on this machine or in its own network.
const NEAR = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)$/i;

/**
 * Whether an http address leads into the internet, by itself alone: public IP addresses and names with
 * a dot do; this machine, private networks and names without one do not.
 */
export function isOutside(url: string): boolean {
  const { hostname } = new URL(url);
  if (hostname.startsWith('[')) return isPublicAddress(hostname.slice(1, -1));
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return isPublicAddress(hostname);
  const name = hostname.replace(/\.$/, '');
  return name.includes('.') && !NEAR.test(name);
}
