import { type BlockList, isIP, isIPv6 } from 'node:net';

/** An address as it is compared and stored: an IPv4 address mapped into IPv6 is an IPv4 address. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** Adds `10.0.0.0/8` or a single address. Throws a sentence for anything else. */
export function addRange(list: BlockList, range: string): void {
  const [address = '', prefix, ...rest] = range.split('/');
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const bits = prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix);
  const most = family === 'ipv6' ? 128 : 32;
  if (isIP(address) === 0 || rest.length > 0 || prefix === '' || !Number.isInteger(bits) || bits < 0 || bits > most) {
    throw new Error(`"${range}" is no address or range such as 10.0.0.0/8`);
  }
  list.addSubnet(address, bits, family);
}
