import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { encodeBase64 } from './base64.ts';
import { type Ed25519, ed25519 } from './ed25519.ts';
import { decodePublicKey, type KeyPair } from './key-pair.ts';
import { KEY_BYTES } from './nacl.ts';
import { SealError } from './seal-error.ts';

/** The length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/** An Ed25519 key pair. The public half is kept as base64; the secret half is the seed (32 bytes). */
export type SigningPair = { readonly publicKey: string; readonly seed: Uint8Array };

/** Derives the signing key pair that belongs to a key pair, so that one secret is all that must be kept. */
export function deriveSigningPair({ secretKey }: KeyPair, subtle?: SubtleCrypto): Promise<SigningPair> {
  const seed = hkdf(sha512, secretKey, undefined, new TextEncoder().encode('portal signing key'), KEY_BYTES);
  return signingPairFrom(seed, subtle);
}

/**
 * The key pair of a seed (32 bytes).
 * @param subtle the platform's cryptography; JavaScript does what it lacks
 * @throws SealError `ERR_KEY_INVALID`
 */
export async function signingPairFrom(seed: Uint8Array, subtle?: SubtleCrypto): Promise<SigningPair> {
  if (seed.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A seed must have ${KEY_BYTES} bytes`);
  return { publicKey: encodeBase64(await (await ed25519(subtle)).publicKeyOf(seed)), seed };
}

/** Signs bytes: 64 bytes. */
export async function sign(bytes: Uint8Array, { seed }: SigningPair, subtle?: SubtleCrypto): Promise<Uint8Array> {
  return (await ed25519(subtle)).sign(bytes, seed);
}

/** What a room signs with, derived in the background. */
export class Signer {
  readonly pair: Promise<SigningPair>;
  #publicKey: string | undefined;

  constructor(keyPair: KeyPair) {
    this.pair = deriveSigningPair(keyPair);
    this.pair.then(
      ({ publicKey }) => {
        this.#publicKey = publicKey;
      },
      // Those who wait for the pair learn of it.
      () => {},
    );
  }

  /** Undefined until `pair` has resolved. */
  get publicKey(): string | undefined {
    return this.#publicKey;
  }
}

/** A signature, what it is over, and the public key (base64) that it claims. */
export type Signed = { readonly signature: Uint8Array; readonly bytes: Uint8Array; readonly from: string };

/** Checks signatures. Never rejects: what cannot be checked is not valid. */
export type Verifier = (signed: readonly Signed[]) => Promise<boolean[]>;

/** A verifier that uses the platform's Ed25519 where it exists, and JavaScript elsewhere. */
export function createVerifier(subtle?: SubtleCrypto): Verifier {
  return async (signed) => {
    const curve = await ed25519(subtle);
    try {
      return await curve.verify(signed.map(checkOf));
    } catch {
      // One of them cannot be checked. The others shall not suffer from it.
      return Promise.all(signed.map((one) => isValid(curve, one)));
    }
  };
}

async function isValid(curve: Ed25519, signed: Signed): Promise<boolean> {
  try {
    return (await curve.verify([checkOf(signed)]))[0] === true;
  } catch {
    return false;
  }
}

const checkOf = ({ signature, bytes, from }: Signed) => ({ signature, bytes, key: decodePublicKey(from) });
