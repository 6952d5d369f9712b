import { describe, expect, test } from 'bun:test';
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
import { createVerifier, deriveSigningPair, type Signed, signingPairFrom } from '../../src/client/crypto/signing.ts';
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
  test.each(vectors.signed_envelopes)('$author, $n: the same bytes as libsodium, and opens', (vector) => {
    const { author, body, chat_key, nonce, content, plaintext, signature, chat, epoch, user, tab, n } = vector;
    const statement = { chat, epoch, user, tab, n };
    expect(encodeBase64(encodeSignedText(body, statement, signerOf(author)))).toBe(plaintext);
    const fixed = () => decodeBase64(nonce);
    expect(sealSignedEnvelope(body, statement, signerOf(author), decodeBase64(chat_key), fixed)).toBe(content);

    const opened = openSignedEnvelope(parseEnvelope(content), decodeBase64(chat_key));
    expect(opened).toMatchObject({ body, proof: { ...statement, from: signerOf(author).publicKey } });
    expect(encodeBase64(opened.proof?.signature ?? new Uint8Array())).toBe(signature);
    expect(openEnvelope(parseEnvelope(content), decodeBase64(chat_key))).toBe(body);
  });

  test('texts of older clients are read, and have no author', () => {
    const envelope = parseEnvelope(sealEnvelope('from before', 1, KEY));
    expect(openSignedEnvelope(envelope, KEY)).toEqual({ body: 'from before', proof: null });
  });

  test('the JSON is padded to 64 bytes, so texts of 1 and of 20 characters cannot be told apart', () => {
    const [short, long] = ['x', 'x'.repeat(20)].map((text) => encodeSignedText(text, STATEMENT, signerOf('alice')));
    expect([((short?.length ?? 0) - 65) % 64, long?.length]).toEqual([0, short?.length]);
  });

  test.each([{ chat: 0 }, { epoch: 1.5 }, { user: -1 }, { n: 0 }, { n: 2 ** 53 }, { tab: 'AAAA' }, { tab: '' }])(
    'a statement with %o is not read',
    (wrong) => {
      const plaintext = encodeSignedText('x', { ...STATEMENT, ...wrong }, signerOf('alice'));
      expect(() => proofOf(plaintext)).toThrow('does not know');
    },
  );

  test('a plaintext that ends early is not read', () => {
    for (const length of [1, 64, 65, 66]) {
      expect(() => proofOf(encodeSignedText('x', STATEMENT, signerOf('alice')).subarray(0, length))).toThrow();
    }
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
    const proof = proofOf(encodeSignedText('hello', STATEMENT, signerOf('alice')));
    const { bytes, signature } = proof;
    const flipped = (all: Uint8Array, at: number) => all.map((byte, place) => (place === at ? byte ^ 1 : byte));
    const forged: Signed[] = [
      { ...proof, bytes: flipped(bytes, 20) },
      { ...proof, bytes: flipped(bytes, bytes.length - 1) },
      { ...proof, signature: flipped(signature, 0) },
      { ...proof, signature: flipped(signature, 63) },
      { ...proof, signature: signature.subarray(1) },
      { ...proof, from: signerOf('bob').publicKey },
      { ...proof, from: encodeBase64(new Uint8Array(31)) },
      { ...proof, from: 'no key' },
      { ...proof, from: encodeBase64(new Uint8Array(32)), signature: new Uint8Array(64) },
    ];
    expect(await verify([proof, ...forged, proof])).toEqual([true, ...forged.map(() => false), true]);
  });
});

describe('signing keys', () => {
  test('follow from the key pair, and are another for each', () => {
    const [one, other] = [createKeyPair(), createKeyPair()];
    expect(deriveSigningPair(one)).toEqual(deriveSigningPair(one));
    expect(deriveSigningPair(one).publicKey).not.toBe(deriveSigningPair(other).publicKey);
    expect(deriveSigningPair(one).publicKey).not.toBe(one.publicKey);
  });
});
