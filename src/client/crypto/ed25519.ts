import { decodeBase64, encodeBase64 } from './base64.ts';

/** A signature, what it is over, and the public key (32 bytes) that is to have made it. */
export type Check = { readonly signature: Uint8Array; readonly bytes: Uint8Array; readonly key: Uint8Array };

/** Ed25519 of RFC 8032. Seeds have 32 bytes. */
export type Ed25519 = {
  publicKeyOf(seed: Uint8Array): Promise<Uint8Array>;
  sign(bytes: Uint8Array, seed: Uint8Array): Promise<Uint8Array>;
  /** Rejects if a key or a signature cannot be one. */
  verify(signed: readonly Check[]): Promise<boolean[]>;
};

const NAME = 'Ed25519';
/** What stands before the seed in PKCS #8. */
const PKCS8 = decodeBase64('MC4CAQAwBQYDK2VwBCIEIA==');
/** The public key of 32 zero bytes. */
const PROBE_KEY = 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=';
/** How many keys stay imported. */
const IMPORTED = 512;

const known = new WeakMap<SubtleCrypto, Promise<Ed25519>>();

/**
 * The platform's Ed25519 where it exists, which is several times as fast; elsewhere JavaScript, which is loaded then. Browsers
 * have `subtle` only on pages that came by https or from the same machine.
 */
export function ed25519(subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle): Promise<Ed25519> {
  if (!subtle) return load();
  const found = known.get(subtle) ?? probe(subtle);
  known.set(subtle, found);
  return found;
}

async function load(): Promise<Ed25519> {
  return (await import('./ed25519-noble.ts')).inJavaScript;
}

/** Some platforms have an `Ed25519` that lacks a part. */
async function probe(subtle: SubtleCrypto): Promise<Ed25519> {
  try {
    const platform = byPlatform(subtle);
    const [seed, bytes] = [new Uint8Array(32), new Uint8Array(1)];
    const key = await platform.publicKeyOf(seed);
    const [works] = await platform.verify([{ signature: await platform.sign(bytes, seed), bytes, key }]);
    if (works && encodeBase64(key) === PROBE_KEY) return platform;
  } catch {
    // It has none.
  }
  return load();
}

function byPlatform(subtle: SubtleCrypto): Ed25519 {
  const signing = new WeakMap<Uint8Array, Promise<CryptoKey>>();
  const checking = new Map<string, Promise<CryptoKey>>();

  function signingKey(seed: Uint8Array): Promise<CryptoKey> {
    const encoded = new Uint8Array(PKCS8.length + seed.length);
    encoded.set(PKCS8);
    encoded.set(seed, PKCS8.length);
    const key = signing.get(seed) ?? subtle.importKey('pkcs8', encoded, NAME, true, ['sign']);
    signing.set(seed, key);
    return key;
  }

  function checkingKey(bytes: Uint8Array): Promise<CryptoKey> {
    const name = bytes.join();
    const key = checking.get(name) ?? subtle.importKey('raw', copyOf(bytes), NAME, false, ['verify']);
    if (checking.size >= IMPORTED) checking.clear();
    checking.set(name, key);
    return key;
  }

  return {
    async publicKeyOf(seed) {
      const { x = '' } = await subtle.exportKey('jwk', await signingKey(seed));
      return decodeBase64(`${x.replaceAll('-', '+').replaceAll('_', '/')}=`);
    },
    sign: async (bytes, seed) => new Uint8Array(await subtle.sign(NAME, await signingKey(seed), copyOf(bytes))),
    verify: (signed) =>
      Promise.all(
        signed.map(async ({ signature, bytes, key }) =>
          subtle.verify(NAME, await checkingKey(key), copyOf(signature), copyOf(bytes)),
        ),
      ),
  };
}

/** `subtle` takes no views of shared memory, which the types cannot rule out here. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
