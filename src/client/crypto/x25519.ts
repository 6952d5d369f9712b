import { pow } from '@noble/curves/abstract/modular.js';
import { montgomery } from '@noble/curves/abstract/montgomery.js';

const P = 2n ** 255n - 19n;

/** X25519 of RFC 7748. Put together here, since noble's ready-made one brings all of Ed25519 with it. */
export const x25519 = montgomery({
  P,
  type: 'x25519',
  powPminus2: (x) => pow(x, P - 2n, P),
  adjustScalarBytes: (bytes: Uint8Array) => {
    bytes[0] = (bytes[0] ?? 0) & 0xf8;
    bytes[31] = ((bytes[31] ?? 0) & 0x7f) | 0x40;
    return bytes;
  },
});
