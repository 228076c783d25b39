import { expect, it } from '@jest/globals';
import { isPublicAddress } from '@371os/kernel';

it.each([
  ['1.1.1.1', true],
  ['93.184.216.34', true],
  ['223.255.255.255', true],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.16.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['2606:4700:4700::1111', true],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['2001:db8::1', false],
  ['2002:7f00:1::', false],
])('%s is public: %s', (address, isIt) => {
  expect(isPublicAddress(address)).toBe(isIt);
});
