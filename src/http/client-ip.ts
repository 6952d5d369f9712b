import { BlockList, isIP, isIPv6 } from 'node:net';
import { addRange, addressOfHop, plainAddress } from '../core/addresses.ts';
import type { Logger } from '../core/logger.ts';

/** Finds out a client's address: the peer's own, or what the trusted proxies say. */
export type ClientIps = {
  of(peer: string, headers: Headers): string;
  /** Who sent an `X-Forwarded-For` that was ignored, the first time; undefined: nobody. */
  ignored(): string | undefined;
};

/**
 * `X-Forwarded-For` is read from the right and only as far as trusted proxies wrote it. From anybody else it is ignored,
 * and said so once: either a proxy is missing from the configuration or somebody is trying something.
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
