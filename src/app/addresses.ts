import { networkInterfaces } from 'node:os';
import { isLoopback } from '../core/addresses.ts';

const EVERYWHERE = ['0.0.0.0', '::'];
const MOST_SHOWN = 4;

/** The host in a link that is opened on this machine, for a server that listens on `host`. */
export function hostToOpen(host: string): string {
  return EVERYWHERE.includes(host) || host === '127.0.0.1' ? 'localhost' : bracketed(host);
}

/** The host to connect to, for a server that listens on `host`. */
export function hostToCall(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return bracketed(host === '::' ? '::1' : host);
}

/** Hosts by which other machines can reach a server that listens on `host`. */
export function hostsForOthers(host: string): string[] {
  if (!EVERYWHERE.includes(host)) return isLoopback(host) || host === 'localhost' ? [] : [bracketed(host)];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (family === 'IPv4' || host === '::'))
    .map(({ address }) => address)
    .filter((address) => !address.toLowerCase().startsWith('fe80:'))
    .slice(0, MOST_SHOWN)
    .map(bracketed);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
