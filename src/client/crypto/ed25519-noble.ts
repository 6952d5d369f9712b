import { ed25519 } from '@noble/curves/ed25519.js';
import type { Ed25519 } from './ed25519.ts';

/** How long checking may keep the page from drawing. */
const SLICE_MS = 8;

/** Ed25519 in JavaScript, for platforms and pages that have none. */
export const inJavaScript: Ed25519 = {
  publicKeyOf: async (seed) => ed25519.getPublicKey(seed),
  sign: async (bytes, seed) => ed25519.sign(bytes, seed),

  /** Lets the page draw after each slice. */
  async verify(signed) {
    const verdicts: boolean[] = [];
    let sliceEnd = performance.now() + SLICE_MS;
    for (const { signature, bytes, key } of signed) {
      if (performance.now() > sliceEnd) {
        await new Promise((resolve) => setTimeout(resolve));
        sliceEnd = performance.now() + SLICE_MS;
      }
      // As strict as libsodium: no key of low order, and one encoding of each point.
      verdicts.push(ed25519.verify(signature, bytes, key, { zip215: false }));
    }
    return verdicts;
  },
};
