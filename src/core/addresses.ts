import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * The canonical form of an address for comparison and storage. An IPv4-mapped IPv6 address becomes IPv4; IPv6 is
 * shortened and lower-case, without its zone. Anything else stays as it is.
 */
export function plainAddress(address: string): string {
  // The common case. Every request comes here, and parsing an address is slow.
  if (!address.includes(':')) return address;
  const [withoutZone = ''] = address.split('%');
  if (!isIPv6(withoutZone)) return address;
  const groups = groupsOf(withoutZone);
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return ipv4Of(groups);
  return URL.parse(`http://[${withoutZone}]`)?.hostname.slice(1, -1) ?? address;
}

/** The address without the port that some proxies add: `203.0.113.9:443`, `"[2001:db8::1]:443"`. */
export function addressOfHop(hop: string): string {
  const text = hop.trim().replace(/^"(.*)"$/, '$1');
  const inBrackets = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const [host = '', port, ...rest] = text.split(':');
  const hasPort = port !== undefined && /^\d+$/.test(port) && rest.length === 0 && isIPv4(host);
  return plainAddress(inBrackets ?? (hasPort ? host : text));
}

/** The unit that rate limits count: an IPv4 address, or an IPv6 /64, since a household has a whole one. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':') || !isIPv6(plain)) return plain;
  const network = groupsOf(plain)
    .slice(0, 4)
    .map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** Adds `10.0.0.0/8` or a single address. Throws a sentence for anything else. */
export function addRange(list: BlockList, range: string): void {
  const [address = '', prefix, ...rest] = range.split('/');
  const most = isIPv6(address) ? 128 : 32;
  const bits = Number(prefix ?? most);
  if (isIP(address) === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix ?? '0') || bits > most) {
    throw new Error(`"${range}" is no address or range such as 10.0.0.0/8`);
  }
  const plain = plainAddress(address);
  const isMapped = most === 128 && isIPv4(plain) && bits >= MAPPED_BITS;
  if (isMapped) list.addSubnet(plain, bits - MAPPED_BITS, 'ipv4');
  else list.addSubnet(address, bits, most === 128 ? 'ipv6' : 'ipv4');
}

/** Whether the address is a loopback address. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** The number of bits before an IPv4 address mapped into IPv6. */
const MAPPED_BITS = 96;

/** The eight groups of an IPv6 address. The end may be in IPv4 notation. */
function groupsOf(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map((part) => (part ? part.split(':').flatMap(groupOrTwo) : []));
  const between = Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0);
  return [...head, ...between, ...tail];
}

function groupOrTwo(group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function ipv4Of(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

const CLOSED = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['224.0.0.0/3', '::/127', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
])
  addRange(CLOSED, range);

/** Whether the address is public: not private, loopback or multicast. */
export function isPublicAddress(address: string): boolean {
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && !CLOSED.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}
