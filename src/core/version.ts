import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { sourceHash } from './source-hash.ts';

export const NAME = 'Portal';
export const VERSION: string = manifest.version;

/** SHA-256 over the sources that a binary was built from; undefined when the sources themselves run. */
export const SOURCE_HASH: string | undefined = process.env.PORTAL_BUILD_SOURCE_HASH;

let asTheyLie: string | undefined;

/** That hash in any case: of the sources as they lie there, when they run themselves. */
export function runningSourceHash(): string {
  asTheyLie ??= SOURCE_HASH ?? sourceHash(join(import.meta.dir, '../..'));
  return asTheyLie;
}
