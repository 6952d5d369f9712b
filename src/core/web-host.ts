import { isIPv6 } from 'node:net';

/** A host with a port, where one is named. IPv6 addresses have no brackets here. */
export type HostWithPort = { host: string; port: number | null };

const IN_BRACKETS = /^\[[\da-f:.]+\]$/i;
const PLAIN = /^[\w.-]{1,254}$/;
const NAME = /^[a-z\d_-]{1,63}(\.[a-z\d_-]{1,63})*$/;
const MOST_NAME = 253;

/**
 * The one way to write a host: a name in lower case and without a final dot, an IPv4 address as four decimal numbers, an
 * IPv6 address shortened and without brackets. Reads what browsers read, so `0x7f.1`, `2130706433` and `0177.0.0.1` are
 * 127.0.0.1. Null for anything else; what ends in a number and is no address is no name either.
 */
export function webHost(text: string): string | null {
  if (!PLAIN.test(text) && !IN_BRACKETS.test(text)) return null;
  const host = URL.parse(`http://${text}/`)?.hostname;
  if (host === undefined) return null;
  if (host.startsWith('[')) return host.slice(1, -1);
  const name = host.replace(/\.$/, '');
  return NAME.test(name) && name.length <= MOST_NAME ? name : null;
}

/** `host` or `host:port`; an IPv6 address has brackets where a port follows. Null for anything else. */
export function hostWithPort(text: string): HostWithPort | null {
  if (isIPv6(text) && !text.includes('%')) return withHost(`[${text}]`, undefined);
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return withHost(host, port);
}

/** As `hostWithPort` reads it. */
export function hostWithPortText({ host, port }: HostWithPort): string {
  const inUrl = host.includes(':') && port !== null ? `[${host}]` : host;
  return port === null ? inUrl : `${inUrl}:${port}`;
}

/** A port in decimal, from 1 to 65535, without zeros in front; null for anything else. */
export function webPort(text: string): number | null {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

function withHost(text: string, portText: string | undefined): HostWithPort | null {
  const host = webHost(text);
  const port = portText === undefined ? null : webPort(portText);
  return host === null || (portText !== undefined && port === null) ? null : { host, port };
}
