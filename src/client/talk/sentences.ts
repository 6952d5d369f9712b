import { isPortalError } from '../index.ts';

/** The host and the port of an address, the port also where the address leaves it out. */
export function placeOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}, port ${port || (protocol === 'https:' ? 443 : 80)}`;
}

/** What went wrong, in a sentence that says where. */
export function sentenceOf(error: Error, url: string): string {
  const place = placeOf(url);
  if (isPortalError(error, 'ERR_NETWORK'))
    return `Cannot reach ${place}. Is the server running? --url names another address.`;
  if (isPortalError(error, 'ERR_TIMEOUT')) return `${place} did not answer in time.`;
  if (isPortalError(error, 'ERR_BAD_RESPONSE')) return `What answers at ${place} is not a Portal server.`;
  return error.message;
}
