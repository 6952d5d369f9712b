import { isIP, isIPv4 } from 'node:net';

/** Why n.eko's library takes no such list of addresses, so that no viewer gets an offer; undefined when it does. */
export function mappingProblem(addresses: readonly string[]): string | undefined {
  const outside = addresses.map((one) => one.split('/')[0] ?? '');
  if (outside.some((address) => isIP(address) === 0)) return 'invalid 1:1 NAT IP mapping';
  const sole = addresses.filter((one) => !one.includes('/'));
  const ofVersion4 = sole.filter((address) => isIPv4(address)).length;
  if (ofVersion4 > 1 || sole.length - ofVersion4 > 1) return 'invalid 1:1 NAT IP mapping';
  return undefined;
}
