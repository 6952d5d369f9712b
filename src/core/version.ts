import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { sourceHash } from './source-hash.ts';

export const NAME = 'Portal';
export const VERSION: string = manifest.version;

/** SHA-256 over the sources of a binary; undefined when running from source. */
export const SOURCE_HASH: string | undefined = process.env.PORTAL_BUILD_SOURCE_HASH;

let asTheyLie: string | undefined;

/** The build's hash, or one computed from the source tree when running from source. */
export function runningSourceHash(): string {
  asTheyLie ??= SOURCE_HASH ?? sourceHash(join(import.meta.dir, '../..'));
  return asTheyLie;
}
