import type { PersonId } from './principal.ts';
import { keyedHash } from './secrets.ts';

const KEY_BYTES = 16;

/** What stands for a person where their id must not be read: ids are small numbers, so a plain hash would tell them. */
export function personKey(secret: Uint8Array, person: PersonId): string {
  return cut(secret, person);
}

/** The same for a network: see `networkOf`. */
export function networkKey(secret: Uint8Array, network: string): string {
  return cut(secret, `n:${network}`);
}

function cut(secret: Uint8Array, text: string): string {
  return keyedHash(secret, text).subarray(0, KEY_BYTES).toString('hex');
}
