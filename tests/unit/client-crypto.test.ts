import { describe, expect, test } from 'bun:test';
import { decodeBase64, encodeBase64 } from '../../src/client/crypto/base64.ts';
import { openEnvelope, parseEnvelope, sealEnvelope } from '../../src/client/crypto/envelope.ts';
import { KEY_BLOB_BYTES, openKeyBlob, sealKeyBlob } from '../../src/client/crypto/key-blob.ts';
import { createKeyPair, keyPairFrom } from '../../src/client/crypto/key-pair.ts';
import { openSecretbox, publicKeyOf, secretbox, sharedKey } from '../../src/client/crypto/nacl.ts';
import { encodeText } from '../../src/client/crypto/plaintext.ts';
import type { RandomBytes } from '../../src/client/crypto/random.ts';
import { formatSafetyNumber, safetyNumber } from '../../src/client/crypto/safety-number.ts';
import { SealError } from '../../src/client/crypto/seal-error.ts';
import vectors from '../vectors/e2ee.json';

type Name = keyof typeof vectors.key_pairs;

const pairOf = (name: string) => keyPairFrom(decodeBase64(vectors.key_pairs[name as Name].secret_key));
/** Returns the nonce of a vector, and only at its length. */
const fixed =
  (nonce: string): RandomBytes =>
  (length) => {
    const bytes = decodeBase64(nonce);
    expect(length).toBe(bytes.length);
    return bytes;
  };

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('base64', () => {
  test('every length and every byte comes back, in the text that the platform gives', () => {
    for (let length = 0; length <= 260; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255);
      const text = encodeBase64(bytes);
      expect(text).toBe(btoa(String.fromCharCode(...bytes)));
      expect(decodeBase64(text)).toEqual(bytes);
    }
  });

  test.each(['A', 'AA', 'AAA', 'AA=', 'AAAA=', '=AAA', 'A=AA', 'A===', '====', 'AB==', 'AAB=', 'AA==AAAA'])(
    'refuses %p: length, padding or stray bits',
    (text) => expect(codeOf(() => decodeBase64(text))).toBe('ERR_BASE64_INVALID'),
  );

  test.each(['AA A', 'AAA\n', ' AAA', 'AA-A', 'AA_A', 'AAÄA', 'AAA\u0000', 'AA%3'])(
    'refuses %p: not the standard alphabet',
    (text) => expect(codeOf(() => decodeBase64(text))).toBe('ERR_BASE64_INVALID'),
  );
});

describe('key blobs', () => {
  test('public keys are derived as libsodium derives them', () => {
    for (const [name, { public_key }] of Object.entries(vectors.key_pairs)) {
      expect(pairOf(name).publicKey).toBe(public_key);
    }
  });

  test.each(vectors.key_blobs)('$sender to $recipient: the same bytes as libsodium, and opens', (vector) => {
    const sender = pairOf(vector.sender);
    const recipient = pairOf(vector.recipient);
    const chatKey = decodeBase64(vector.chat_key);

    expect(sealKeyBlob(chatKey, recipient.publicKey, sender, fixed(vector.nonce))).toBe(vector.blob);
    expect(encodeBase64(openKeyBlob(vector.blob, sender.publicKey, recipient))).toBe(vector.chat_key);
    expect(decodeBase64(vector.blob)).toHaveLength(KEY_BLOB_BYTES);
  });

  test('another recipient, another sender and every changed byte are refused', () => {
    const [vector] = vectors.key_blobs;
    if (!vector) throw new Error('no vector');
    const [alice, bob, carol] = [pairOf('alice'), pairOf('bob'), pairOf('carol')];

    expect(codeOf(() => openKeyBlob(vector.blob, alice.publicKey, carol))).toBe('ERR_SEAL_BROKEN');
    expect(codeOf(() => openKeyBlob(vector.blob, carol.publicKey, bob))).toBe('ERR_SEAL_BROKEN');
    const bytes = decodeBase64(vector.blob);
    for (const at of [0, 23, 24, 39, 40, 71]) {
      const changed = encodeBase64(flipped(bytes, at));
      expect(codeOf(() => openKeyBlob(changed, alice.publicKey, bob))).toBe('ERR_SEAL_BROKEN');
    }
  });

  test('wrong lengths are refused before any key is used', () => {
    const alice = createKeyPair();
    const bytes = (length: number) => encodeBase64(new Uint8Array(length));
    for (const length of [0, 71, 73]) {
      expect(codeOf(() => openKeyBlob(bytes(length), alice.publicKey, alice))).toBe('ERR_BLOB_INVALID');
    }
    expect(codeOf(() => sealKeyBlob(new Uint8Array(31), alice.publicKey, alice))).toBe('ERR_KEY_INVALID');
    expect(codeOf(() => sealKeyBlob(new Uint8Array(32), bytes(33), alice))).toBe('ERR_KEY_INVALID');
    expect(codeOf(() => keyPairFrom(new Uint8Array(31)))).toBe('ERR_KEY_INVALID');
  });

  test('the primitives refuse a key or nonce of another length themselves', () => {
    const [key, nonce, short] = [createKeyPair().secretKey, new Uint8Array(24), new Uint8Array(31)];
    for (const use of [
      () => publicKeyOf(short),
      () => sharedKey(short, key),
      () => sharedKey(key, short),
      () => secretbox(short, nonce, key),
      () => openSecretbox(short, nonce, key),
    ])
      expect(codeOf(use)).toBe('ERR_KEY_INVALID');
    for (const use of [() => secretbox(key, nonce.subarray(1), key), () => openSecretbox(key, nonce.subarray(1), key)])
      expect(codeOf(use)).toBe('ERR_SEAL_BROKEN');
  });

  test('a public key of low order, with which anybody could read along, is refused', () => {
    const alice = createKeyPair();
    expect(codeOf(() => sealKeyBlob(new Uint8Array(32), encodeBase64(new Uint8Array(32)), alice))).toBe(
      'ERR_KEY_INVALID',
    );
  });
});

describe('envelopes', () => {
  test.each(vectors.envelopes)('epoch $epoch: the same text as libsodium, and opens', (vector) => {
    const key = decodeBase64(vector.chat_key);

    expect(encodeBase64(encodeText(vector.text))).toBe(vector.plaintext);
    expect(sealEnvelope(vector.text, vector.epoch, key, fixed(vector.nonce))).toBe(vector.content);
    expect(parseEnvelope(vector.content).epoch).toBe(vector.epoch);
    expect(openEnvelope(parseEnvelope(vector.content), key)).toBe(vector.text);
  });

  test('plaintexts are padded to 64 bytes, so texts of 1 and of 42 characters cannot be told apart', () => {
    expect(encodeText('x')).toHaveLength(64);
    expect(encodeText('x'.repeat(42))).toHaveLength(64);
    expect(encodeText('x'.repeat(43))).toHaveLength(128);
  });

  test('a sealed text never repeats itself', () => {
    const key = new Uint8Array(32);
    expect(sealEnvelope('a', 1, key)).not.toBe(sealEnvelope('a', 1, key));
  });

  test('another key and every changed byte are refused', () => {
    const key = new Uint8Array(32).fill(7);
    const { epoch, ciphertext } = parseEnvelope(sealEnvelope('hello', 1, key));
    expect(codeOf(() => openEnvelope({ epoch, ciphertext }, new Uint8Array(32)))).toBe('ERR_SEAL_BROKEN');
    expect(codeOf(() => openEnvelope({ epoch, ciphertext }, key.subarray(1)))).toBe('ERR_KEY_INVALID');
    for (let at = 0; at < ciphertext.length; at += 1) {
      const changed = { epoch, ciphertext: flipped(ciphertext, at) };
      expect(codeOf(() => openEnvelope(changed, key))).toBe('ERR_SEAL_BROKEN');
    }
  });

  test('content of another kind is refused as such, although the seal is whole', () => {
    const key = new Uint8Array(32).fill(7);
    const nonce = new Uint8Array(24);
    for (const text of ['no json', '"text"', 'null', '{"t":"image","body":"x"}', '{"t":"text","body":1}', '{}']) {
      const sealed = secretbox(key, nonce, new TextEncoder().encode(text));
      const ciphertext = new Uint8Array([...nonce, ...sealed]);
      expect(codeOf(() => openEnvelope({ epoch: 1, ciphertext }, key))).toBe('ERR_PLAINTEXT_INVALID');
    }
    const notUtf8 = new Uint8Array([...nonce, ...secretbox(key, nonce, Uint8Array.of(0xff, 0xfe))]);
    expect(codeOf(() => openEnvelope({ epoch: 1, ciphertext: notUtf8 }, key))).toBe('ERR_PLAINTEXT_INVALID');
  });

  test('the longest envelope has 4096 characters; one block more is refused by name', () => {
    const key = new Uint8Array(32);
    // {"t":"text","body":""} has 22 characters and 47 blocks of 64 bytes fit.
    const longest = 'x'.repeat(47 * 64 - 22);
    expect(sealEnvelope(longest, 1, key).length).toBeLessThanOrEqual(4096);
    expect(codeOf(() => sealEnvelope(`${longest}x`, 1, key))).toBe('ERR_TEXT_TOO_LONG');
  });

  const ct = encodeBase64(new Uint8Array(41));
  test('an envelope of exactly 4096 characters is sealed and read', () => {
    const [key, epoch] = [new Uint8Array(32), 12_345_678];
    const text = 'x'.repeat(47 * 64 - JSON.stringify({ t: 'text', body: '' }).length);
    const content = sealEnvelope(text, epoch, key);
    expect(content).toHaveLength(4096);
    expect(openEnvelope(parseEnvelope(content), key)).toBe(text);
  });

  test('the shape the refusals below start from is accepted, in any order of names', () => {
    expect(parseEnvelope(`{"v":2,"epoch":17,"ct":"${ct}"}`)).toEqual({ epoch: 17, ciphertext: new Uint8Array(41) });
    expect(parseEnvelope(` {"ct":"${ct}", "epoch":17, "v":2}`).epoch).toBe(17);
  });

  test.each([
    ['not JSON', 'hello'],
    ['empty', ''],
    ['null', 'null'],
    ['a number', '2'],
    ['a list', `[2,17,"${ct}"]`],
    ['version 1', `{"v":1,"epoch":17,"ct":"${ct}"}`],
    ['version as text', `{"v":"2","epoch":17,"ct":"${ct}"}`],
    ['no version', `{"epoch":17,"ct":"${ct}"}`],
    ['no epoch', `{"v":2,"ct":"${ct}"}`],
    ['no ct', '{"v":2,"epoch":17}'],
    ['one name more', `{"v":2,"epoch":17,"ct":"${ct}","x":1}`],
    ['a name twice', `{"v":2,"epoch":16,"epoch":17,"ct":"${ct}"}`],
    ['__proto__ in place of a name', `{"v":2,"__proto__":17,"ct":"${ct}"}`],
    ['epoch 0', `{"v":2,"epoch":0,"ct":"${ct}"}`],
    ['epoch -1', `{"v":2,"epoch":-1,"ct":"${ct}"}`],
    ['epoch 1.5', `{"v":2,"epoch":1.5,"ct":"${ct}"}`],
    ['an epoch beyond the safe integers', `{"v":2,"epoch":9007199254740992,"ct":"${ct}"}`],
    ['epoch as text', `{"v":2,"epoch":"17","ct":"${ct}"}`],
    ['epoch null', `{"v":2,"epoch":null,"ct":"${ct}"}`],
    ['ct a number', '{"v":2,"epoch":17,"ct":1}'],
    ['ct empty', '{"v":2,"epoch":17,"ct":""}'],
    ['ct of 40 bytes', `{"v":2,"epoch":17,"ct":"${encodeBase64(new Uint8Array(40))}"}`],
    ['ct without padding', `{"v":2,"epoch":17,"ct":"${ct.replace('=', '')}"}`],
    ['ct in the url alphabet', `{"v":2,"epoch":17,"ct":"${'_-'.repeat(28)}"}`],
    ['4097 characters', `{"v":2,"epoch":17,"ct":"${ct}"}`.padEnd(4097)],
  ])('refuses %s', (_name, content) => expect(codeOf(() => parseEnvelope(content))).toBe('ERR_INVALID_ENVELOPE'));
});

describe('safety numbers', () => {
  test.each(vectors.safety_numbers)('are what libsodium gives', ({ sessions, digits }) => {
    expect(digits).toMatch(/^\d{60}$/);
    const listed = sessions.map(({ public_key, signing_key }) => ({ publicKey: public_key, signingKey: signing_key }));
    expect(safetyNumber(listed)).toBe(digits);
  });

  test('change with a signing key, and with whose it is', () => {
    const [a, b, signing] = [createKeyPair().publicKey, createKeyPair().publicKey, createKeyPair().publicKey];
    const numbers = [
      [a, b],
      [{ publicKey: a, signingKey: signing }, b],
      [a, { publicKey: b, signingKey: signing }],
    ].map(safetyNumber);
    expect(new Set(numbers).size).toBe(3);
    expect(safetyNumber([a])).toBe(safetyNumber([{ publicKey: a, signingKey: null }]));
  });

  test('do not depend on the order of the keys, nor on doubles', () => {
    const [a, b, c] = [createKeyPair().publicKey, createKeyPair().publicKey, createKeyPair().publicKey];
    const number = safetyNumber([a, b, c]);
    for (const keys of [
      [a, c, b],
      [b, a, c],
      [c, b, a],
      [c, a, b, a, c],
    ])
      expect(safetyNumber(keys)).toBe(number);
  });

  test('do not depend on the order of keys that begin alike', () => {
    const keys = [1, 2, 3].map((last) => encodeBase64(Uint8Array.of(...new Uint8Array(31).fill(9), last)));
    const [one = '', two = '', three = ''] = keys;
    const orders = [
      keys,
      [one, three, two],
      [two, one, three],
      [two, three, one],
      [three, one, two],
      [three, two, one],
    ];
    expect(new Set(orders.map((order) => safetyNumber(order))).size).toBe(1);
  });

  test('change with every key that comes, goes or differs', () => {
    const [a, b] = [createKeyPair().publicKey, createKeyPair().publicKey];
    const numbers = [[], [a], [b], [a, b], [a, createKeyPair().publicKey]].map(safetyNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('refuse what is no key, and are read out in twelve groups', () => {
    expect(codeOf(() => safetyNumber(['AAAA']))).toBe('ERR_KEY_INVALID');
    expect(formatSafetyNumber('1234567890'.repeat(6))).toBe(Array(6).fill('12345 67890').join(' '));
  });
});
