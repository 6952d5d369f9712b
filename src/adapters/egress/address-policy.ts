import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { webHost } from '../../core/web-host.ts';

/**
 * `public`: anyone on the Internet may reach it. `inner`: this machine, its networks and private ones, for hosts that the
 * operator opens. `closed`: link-local and metadata addresses, and what names no single machine; never for browsers.
 */
export type AddressKind = 'public' | 'inner' | 'closed';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
/** An address and the length of its network's prefix. */
export type Network = [Address, number];

const INNER = ['loopback', 'private', 'carrierGradeNat', 'uniqueLocal'];

/** Where clouds answer with credentials, outside the ranges that are closed anyway. */
const METADATA = ['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254', 'fd00:42::42'].map(canonical);

/** All that IPv6 gives out to the public; and within it what is for protocols, not for hosts. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
const PROTOCOLS_V6 = ipaddr.IPv6.parseCIDR('2001::/23');

/** A wider network of this machine is a tunnel or a mistake, and says nothing about neighbours. */
const WIDEST = { ipv4: 16, ipv6: 48 };

/**
 * What a browser may reach at an address: by the registries of special addresses, the networks of this machine, and the
 * address inside an IPv6 address that carries one.
 */
export function kindOfAddress(text: string, own: readonly Network[]): AddressKind {
  const address = parsed(text);
  if (address === null) return 'closed';
  if (METADATA.includes(address.toString())) return 'closed';
  const range: string = address.range();
  if (INNER.includes(range)) return 'inner';
  if (range !== 'unicast' || !isGiven(address)) return 'closed';
  const isOwn = own.some(
    ([network, bits]) => network.kind() === address.kind() && address.match([network, bits] as never),
  );
  return isOwn ? 'inner' : 'public';
}

/** An address as `connect` takes it, IPv4 in IPv6 as IPv4; the same for all ways to write it. Null for what is none. */
export function canonicalAddress(text: string): string | null {
  return parsed(text)?.toString() ?? null;
}

/** The networks that this machine is in. They change while it runs, so they are asked for again. */
export function machineNetworks(): Network[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).flatMap(({ address, cidr }) => networkOf(address, cidr)),
  );
}

/** The network of an address; only the address itself where the network is too wide to be one. */
export function networkOf(address: string, cidr: string | null): Network[] {
  const own = parsed(address.split('%')[0] ?? '');
  if (own === null) return [];
  const most = own.kind() === 'ipv4' ? 32 : 128;
  const bits = Number(cidr?.split('/')[1] ?? most);
  return [[own, bits >= WIDEST[own.kind()] ? bits : most]];
}

/** Zones name an interface of this machine, and no address of the Internet has one. */
function parsed(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  // In groups only: the library takes `::8.8.8.8`, which nothing routes, for 8.8.8.8.
  const inGroups = webHost(`[${text}]`);
  return inGroups === null ? null : ipaddr.process(inGroups);
}

function canonical(text: string): string {
  return ipaddr.parse(text).toString();
}

/** Whether it is given out to a host of the public, as far as an address shows it. */
function isGiven(address: Address): boolean {
  if (address.kind() === 'ipv4') return true;
  const { parts } = address as ipaddr.IPv6;
  // ISATAP: routers unpack the IPv4 address behind it.
  const isIsatap = ((parts[4] ?? 0) & 0xfdff) === 0 && parts[5] === 0x5efe;
  return (address as ipaddr.IPv6).match(GLOBAL_V6) && !(address as ipaddr.IPv6).match(PROTOCOLS_V6) && !isIsatap;
}
