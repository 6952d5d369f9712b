import { BlockList, isIP, isIPv6 } from 'node:net';

/** An address as it is compared and stored: an IPv4 address mapped into IPv6 is an IPv4 address. */
export function plainAddress(address: string): string {
  // As most are: every request asks, and patterns of addresses are long.
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, of which one household has all. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':') || !isIPv6(plain)) return plain;
  const [head = [], tail = []] = plain.split('::').map((part) => (part ? part.split(':') : []));
  const between = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  const network = [...head, ...between, ...tail].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}

/** Adds `10.0.0.0/8` or a single address. Throws a sentence for anything else. */
export function addRange(list: BlockList, range: string): void {
  const [address = '', prefix, ...rest] = range.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const bits = Number(prefix ?? most);
  if (isIP(address) === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? '0') || bits > most) {
    throw new Error(`"${range}" is no address or range such as 10.0.0.0/8`);
  }
  list.addSubnet(address, bits, family);
}

/** Whether the address is this machine's own. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

const CLOSED = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['224.0.0.0/3', '::/127', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
])
  addRange(CLOSED, range);

/** Whether it is an address of the open internet, and not of a house, a machine or a group. */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && !CLOSED.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}
