import { isIPv6 } from 'node:net';

/** Whether an address is this machine's own. */
export const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/.test(address);

/** What limits count as one address: whoever has one IPv6 address has its whole /64 (RFC 6177). */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const missing = 8 - groups.length - tail.split(':').filter(Boolean).length;
  const whole = address.includes('::')
    ? [...groups, ...Array(missing).fill('0'), ...tail.split(':')]
    : groups;
  return whole.slice(0, 4).join(':');
}
