import { describe, expect, test } from 'bun:test';
import { x25519 as readyMade } from '@noble/curves/ed25519.js';
import { decodeBase64, encodeBase64 } from '../../src/client/crypto/base64.ts';
import {
  openEnvelope,
  openSignedEnvelope,
  parseEnvelope,
  sealEnvelope,
  sealSignedEnvelope,
} from '../../src/client/crypto/envelope.ts';
import { createKeyPair } from '../../src/client/crypto/key-pair.ts';
import { secretbox } from '../../src/client/crypto/nacl.ts';
import { encodeSignedText } from '../../src/client/crypto/plaintext.ts';
import {
  createVerifier,
  deriveSigningPair,
  type Signed,
  Signer,
  sign,
  signingPairFrom,
} from '../../src/client/crypto/signing.ts';
import { x25519 } from '../../src/client/crypto/x25519.ts';
import { turn } from '../support/waiting.ts';
import vectors from '../vectors/e2ee.json';

const KEY = new Uint8Array(32).fill(7);
const STATEMENT = { chat: 7, epoch: 1, user: 12, tab: encodeBase64(new Uint8Array(8)), n: 1 };

const signerOf = (name: string) =>
  signingPairFrom(decodeBase64(vectors.signing_keys[name as keyof typeof vectors.signing_keys].seed));
/** The proof in a plaintext that was sealed as it is. */
function proofOf(plaintext: Uint8Array): Signed {
  const nonce = new Uint8Array(24);
  const ciphertext = new Uint8Array([...nonce, ...secretbox(KEY, nonce, plaintext)]);
  const { proof } = openSignedEnvelope({ epoch: 1, ciphertext }, KEY);
  if (!proof) throw new Error('The plaintext is not signed');
  return proof;
}

describe('signed envelopes', () => {
  test.each(vectors.signed_envelopes)('$author, $n: the same bytes as libsodium, and opens', async (vector) => {
    const { author, body, chat_key, nonce, content, plaintext, signature, chat, epoch, user, tab, n } = vector;
    const statement = { chat, epoch, user, tab, n };
    const signer = await signerOf(author);
    expect(encodeBase64(await encodeSignedText(body, statement, signer))).toBe(plaintext);
    const fixed = () => decodeBase64(nonce);
    expect(await sealSignedEnvelope(body, statement, signer, decodeBase64(chat_key), fixed)).toBe(content);

    const opened = openSignedEnvelope(parseEnvelope(content), decodeBase64(chat_key));
    expect(opened).toMatchObject({ body, proof: { ...statement, from: signer.publicKey } });
    expect(encodeBase64(opened.proof?.signature ?? new Uint8Array())).toBe(signature);
    expect(openEnvelope(parseEnvelope(content), decodeBase64(chat_key))).toBe(body);
  });

  test('texts of older clients are read, and have no author', () => {
    const envelope = parseEnvelope(sealEnvelope('from before', 1, KEY));
    expect(openSignedEnvelope(envelope, KEY)).toEqual({ body: 'from before', proof: null });
  });

  test('the JSON is padded to 64 bytes, so texts of 1 and of 20 characters cannot be told apart', async () => {
    const signer = await signerOf('alice');
    const texts = ['x', 'x'.repeat(20)].map((text) => encodeSignedText(text, STATEMENT, signer));
    const [short, long] = await Promise.all(texts);
    expect([((short?.length ?? 0) - 65) % 64, long?.length]).toEqual([0, short?.length]);
  });

  test.each([
    { chat: 0 },
    { epoch: 1.5 },
    { user: -1 },
    { n: 0 },
    { n: 2 ** 53 },
    { tab: 'AAAA' },
    { tab: '' },
    { tab: 'no base64!!' },
    { tab: 7 as never },
  ])('a statement with %o is not read', async (wrong) => {
    const plaintext = await encodeSignedText('x', { ...STATEMENT, ...wrong }, await signerOf('alice'));
    expect(() => proofOf(plaintext)).toThrow('does not know');
  });

  test('a plaintext whose JSON begins with a byte order mark is not read', async () => {
    const mark = new Uint8Array([0xef, 0xbb, 0xbf]);
    const plaintext = await encodeSignedText('x', STATEMENT, await signerOf('alice'));
    const marked = new Uint8Array([...plaintext.subarray(0, 65), ...mark, ...plaintext.subarray(65)]);
    expect(() => proofOf(marked)).toThrow('not JSON');
  });

  test('a plaintext that is not UTF-8 is not read', async () => {
    const plaintext = await encodeSignedText('x', STATEMENT, await signerOf('alice'));
    const broken = plaintext.map((byte, at) => (at > 65 && byte === 'x'.charCodeAt(0) ? 0xff : byte));
    expect(broken).not.toEqual(plaintext);
    expect(() => proofOf(broken)).toThrow('not JSON');
  });

  test('a plaintext that ends early is not read', async () => {
    const plaintext = await encodeSignedText('x', STATEMENT, await signerOf('alice'));
    for (const length of [1, 64, 65, 66]) expect(() => proofOf(plaintext.subarray(0, length))).toThrow();
  });
});

describe.each([
  ['the platform', createVerifier()],
  ['JavaScript', createVerifier(Object.create(null))],
])('signatures checked by %s', (_name, verify) => {
  test('hold for what libsodium signed', async () => {
    const proofs = vectors.signed_envelopes.map(({ plaintext }) => proofOf(decodeBase64(plaintext)));
    expect(await verify(proofs)).toEqual([true, true, true]);
    expect(await verify([])).toEqual([]);
  });

  test('do not hold for a changed byte, another key, or a key that is none', async () => {
    const proof = proofOf(await encodeSignedText('hello', STATEMENT, await signerOf('alice')));
    const { bytes, signature } = proof;
    const flipped = (all: Uint8Array, at: number) => all.map((byte, place) => (place === at ? byte ^ 1 : byte));
    const forged: Signed[] = [
      { ...proof, bytes: flipped(bytes, 20) },
      { ...proof, bytes: flipped(bytes, bytes.length - 1) },
      { ...proof, signature: flipped(signature, 0) },
      { ...proof, signature: flipped(signature, 63) },
      { ...proof, signature: signature.subarray(1) },
      { ...proof, from: (await signerOf('bob')).publicKey },
      { ...proof, from: encodeBase64(new Uint8Array(31)) },
      { ...proof, from: 'no key' },
      { ...proof, from: encodeBase64(new Uint8Array(32)), signature: new Uint8Array(64) },
    ];
    expect(await verify([proof, ...forged, proof])).toEqual([true, ...forged.map(() => false), true]);
  });
});

/** A platform whose cryptography is as the machine's, but for one thing. */
const platformBut = (changed: Partial<SubtleCrypto>) => {
  const { importKey, exportKey, sign: signs, verify } = crypto.subtle;
  const all = { importKey, exportKey, sign: signs, verify };
  const bound = Object.entries(all).map(([name, method]) => [name, method.bind(crypto.subtle)]);
  return { ...Object.fromEntries(bound), ...changed } as SubtleCrypto;
};

describe('signing', () => {
  const bytes = new TextEncoder().encode('the same everywhere');

  test.each([
    ['no Ed25519', Object.create(null)],
    [
      'one that cannot read a seed',
      platformBut({ importKey: () => Promise.reject(new DOMException('', 'DataError')) }),
    ],
    ['one that does not tell its public key', platformBut({ exportKey: (async () => ({})) as never })],
    ['one that signs nonsense', platformBut({ sign: async () => new ArrayBuffer(64) })],
    ['one that finds nothing right', platformBut({ verify: async () => false })],
  ])('on a platform with %s is done in JavaScript, with the same result', async (_name, subtle: SubtleCrypto) => {
    for (const { seed, public_key } of Object.values(vectors.signing_keys)) {
      const [here, there] = await Promise.all(
        [undefined, subtle].map((one) => signingPairFrom(decodeBase64(seed), one)),
      );
      if (!here || !there) throw new Error('There are two pairs');
      expect([here.publicKey, there.publicKey]).toEqual([public_key, public_key]);
      expect(await sign(bytes, there, subtle)).toEqual(await sign(bytes, here));
      const signed = { signature: await sign(bytes, there, subtle), bytes, from: public_key };
      expect(await createVerifier(subtle)([signed])).toEqual([true]);
    }
  });

  test('on a platform that has all of it is done there, and each key is read once', async () => {
    const used: string[] = [];
    const { subtle } = crypto;
    const platform = platformBut({
      importKey: ((form: 'raw', ...rest: [Uint8Array<ArrayBuffer>, string, boolean, KeyUsage[]]) => {
        used.push(form);
        return subtle.importKey(form, ...rest);
      }) as SubtleCrypto['importKey'],
      sign: (...given) => {
        used.push('sign');
        return subtle.sign(...given);
      },
      verify: (...given) => {
        used.push('verify');
        return subtle.verify(...given);
      },
    });
    const pair = await signingPairFrom(new Uint8Array(32).fill(3), platform);
    used.length = 0;
    const signed = { signature: await sign(bytes, pair, platform), bytes, from: pair.publicKey };
    expect(await createVerifier(platform)([signed, signed])).toEqual([true, true]);
    expect(used).toEqual(['sign', 'raw', 'verify', 'verify']);
    // It keeps 512 keys.
    const others = Array.from({ length: 512 }, () => ({
      ...signed,
      from: encodeBase64(crypto.getRandomValues(new Uint8Array(32))),
    }));
    await createVerifier(platform)(others);
    used.length = 0;
    await createVerifier(platform)([signed]);
    expect(used).toEqual(['raw', 'verify']);
  });

  test('on a page without cryptography of the platform is done in JavaScript', async () => {
    const pair = await signingPairFrom(new Uint8Array(32).fill(3));
    const signed = { signature: await sign(bytes, pair), bytes, from: pair.publicKey };
    const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto') as PropertyDescriptor;
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
    const [signature, verdicts] = [sign(bytes, pair), createVerifier()([signed])];
    // Before anything else runs.
    Object.defineProperty(globalThis, 'crypto', own);
    expect([await signature, await verdicts]).toEqual([signed.signature, [true]]);
  });

  test('in JavaScript lets other work go on while many are checked', async () => {
    const pair = await signingPairFrom(new Uint8Array(32).fill(3));
    const signed = { signature: await sign(bytes, pair), bytes, from: pair.publicKey };
    const verify = createVerifier(Object.create(null));
    // Loads it.
    await verify([signed]);
    let isOver = false;
    const checks = verify(Array.from({ length: 200 }, () => signed)).finally(() => {
      isOver = true;
    });
    let turns = 0;
    for (; !isOver; turns += 1) await turn();
    expect(turns).toBeGreaterThan(3);
    expect((await checks).every(Boolean)).toBe(true);
  });

  test('needs a seed of 32 bytes', async () => {
    await expect(signingPairFrom(new Uint8Array(31))).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
  });
});

describe('signing keys', () => {
  test('follow from the key pair, and are another for each', async () => {
    const [one, other] = [createKeyPair(), createKeyPair()];
    const signing = await deriveSigningPair(one);
    expect(await deriveSigningPair(one)).toEqual(signing);
    expect(signing.publicKey).not.toBe((await deriveSigningPair(other)).publicKey);
    expect(signing.publicKey).not.toBe(one.publicKey);
  });
});

describe('a room', () => {
  test('knows what it signs with once that is derived from its key pair', async () => {
    const keyPair = createKeyPair();
    const signer = new Signer(keyPair);
    expect(signer.publicKey).toBeUndefined();
    const pair = await signer.pair;
    expect([pair, signer.publicKey]).toEqual([await deriveSigningPair(keyPair), pair.publicKey]);
  });
});

describe('X25519', () => {
  test('comes to the same as the ready-made one', () => {
    for (let round = 0; round < 20; round += 1) {
      const [one, other] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(32))];
      const theirs = readyMade.getPublicKey(other);
      expect(x25519.getPublicKey(one)).toEqual(readyMade.getPublicKey(one));
      expect(x25519.getSharedSecret(one, theirs)).toEqual(readyMade.getSharedSecret(one, theirs));
    }
    expect(() => x25519.getSharedSecret(new Uint8Array(32).fill(9), new Uint8Array(32))).toThrow();
  });
});
