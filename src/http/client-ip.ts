import { BlockList, isIP, isIPv6 } from 'node:net';
import { addRange, addressOfHop, plainAddress } from '../core/addresses.ts';
import type { Logger } from '../core/logger.ts';

/** Finds the client's address: the peer's own, or the one reported by trusted proxies. */
export type ClientIps = {
  of(peer: string, headers: Headers): string;
  /** The first peer whose `X-Forwarded-For` was ignored; undefined if none. */
  ignored(): string | undefined;
};

/**
 * Reads `X-Forwarded-For` from the right, as far as trusted proxies wrote it. From other peers it is ignored and logged
 * once: either a proxy is missing from the configuration, or a client is forging the header.
 */
export function createClientIps(trusted: readonly string[], logger: Logger): ClientIps {
  const list = new BlockList();
  for (const range of trusted) addRange(list, range);
  const isTrusted = (ip: string) =>
    trusted.length > 0 && isIP(ip) !== 0 && list.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4');
  let ignored: string | undefined;
  return {
    ignored: () => ignored,
    of(peer, headers) {
      const ip = plainAddress(peer);
      const forwarded = headers.get('x-forwarded-for');
      if (!forwarded) return ip;
      if (!isTrusted(ip)) {
        if (ignored === undefined)
          logger.warn('X-Forwarded-For from an address that PORTAL_TRUST_PROXY does not name was ignored', {
            peer: ip,
          });
        ignored ??= ip;
        return ip;
      }
      const hops = forwarded.split(',').map(addressOfHop).reverse();
      let known = ip;
      for (const hop of hops) {
        if (isIP(hop) === 0) break;
        known = hop;
        if (!isTrusted(hop)) break;
      }
      return known;
    },
  };
}
