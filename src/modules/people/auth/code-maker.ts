import { type Random, randomHex, readableOf } from '../../../core/random.ts';
import { keyedHash } from '../../../core/secrets.ts';

/**
 * Login codes: 8 characters without lookalikes, derived from a random nonce and the instance's secret. The database holds
 * the nonce, so that a bot can fetch the code, and a keyed hash for lookup. Neither reveals the code without the secret.
 */
export function createCodeMaker({ secret, random }: { secret: Uint8Array; random: Random }) {
  const codeOf = (nonce: string) => readableOf(keyedHash(secret, `login-code:${nonce}`), 8);
  const hashOf = (code: string) => keyedHash(secret, `login-code-hash:${code}`).toString('hex');
  return {
    codeOf,
    hashOf,
    make() {
      const nonce = randomHex(random, 32);
      return { nonce, code: codeOf(nonce), codeHash: hashOf(codeOf(nonce)) };
    },
  };
}
