import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { encodeBase64 } from './base64.ts';
import { decodePublicKey, type KeyPair } from './key-pair.ts';
import { KEY_BYTES } from './nacl.ts';
import { SealError } from './seal-error.ts';

/** The length of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/** An Ed25519 key pair. The public half is kept as base64; the secret half is the seed (32 bytes). */
export type SigningPair = { readonly publicKey: string; readonly seed: Uint8Array };

/** Derives the signing key pair that belongs to a key pair, so that one secret is all that must be kept. */
export function deriveSigningPair({ secretKey }: KeyPair): SigningPair {
  return signingPairFrom(hkdf(sha512, secretKey, undefined, new TextEncoder().encode('portal signing key'), KEY_BYTES));
}

/**
 * The key pair of a seed (32 bytes).
 * @throws SealError `ERR_KEY_INVALID`
 */
export function signingPairFrom(seed: Uint8Array): SigningPair {
  if (seed.length !== KEY_BYTES) throw new SealError('ERR_KEY_INVALID', `A seed must have ${KEY_BYTES} bytes`);
  return { publicKey: encodeBase64(ed25519.getPublicKey(seed)), seed };
}

/** Signs bytes: 64 bytes, the same for the same bytes and key. */
export function sign(bytes: Uint8Array, { seed }: SigningPair): Uint8Array {
  return ed25519.sign(bytes, seed);
}

/** A signature, what it is over, and the public key (base64) that it claims. */
export type Signed = { readonly signature: Uint8Array; readonly bytes: Uint8Array; readonly from: string };

/** Checks signatures. Never rejects: what cannot be checked is not valid. */
export type Verifier = (signed: readonly Signed[]) => Promise<boolean[]>;

/** How long checking in JavaScript may keep the page from drawing. */
const SLICE_MS = 8;
/** How many keys stay imported. */
const IMPORTED = 512;

/** A verifier that uses the platform's Ed25519 where it exists, which is several times as fast, and JavaScript elsewhere. */
export function createVerifier(subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle): Verifier {
  let platform: Promise<Verifier | undefined> | undefined;
  return async (signed) => {
    platform ??= platformVerifier(subtle);
    return ((await platform) ?? verifyInSlices)(signed);
  };
}

async function platformVerifier(subtle: SubtleCrypto | undefined): Promise<Verifier | undefined> {
  if (!subtle) return undefined;
  const pair = signingPairFrom(new Uint8Array(KEY_BYTES));
  const keys = new Map<string, Promise<CryptoKey>>();
  const keyOf = (from: string) => {
    const key = keys.get(from) ?? subtle.importKey('raw', decodePublicKey(from), 'Ed25519', false, ['verify']);
    if (keys.size >= IMPORTED) keys.clear();
    keys.set(from, key);
    return key;
  };
  const verify = async ({ signature, bytes, from }: Signed) =>
    subtle.verify('Ed25519', await keyOf(from), copyOf(signature), copyOf(bytes));
  const bytes = new Uint8Array(1);
  const signature = sign(bytes, pair);
  const works = await verify({ signature, bytes, from: pair.publicKey }).catch(() => false);
  if (!works) return undefined;
  return (signed) => Promise.all(signed.map((one) => verify(one).catch(() => false)));
}

/** `subtle` takes no views of shared memory, which the types cannot rule out here. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

/** Lets the page draw after each slice. */
async function verifyInSlices(signed: readonly Signed[]): Promise<boolean[]> {
  const verdicts: boolean[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const one of signed) {
    if (performance.now() > sliceEnd) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
    verdicts.push(isValid(one));
  }
  return verdicts;
}

/** As strict as libsodium: no key of low order, and one encoding of each point. */
function isValid({ signature, bytes, from }: Signed): boolean {
  try {
    return ed25519.verify(signature, bytes, decodePublicKey(from), { zip215: false });
  } catch {
    return false;
  }
}
