/**
 * Writes e2ee.json: known keys, nonces and texts with what libsodium makes of them. None of the client's own code takes
 * part, so the vectors are independent of what they test. Run again only when the layout changes: bun tests/vectors/make.ts
 */
import sodium from 'libsodium-wrappers';

await sodium.ready;

const { base64_variants: variants } = sodium;
const encode = (bytes: Uint8Array) => sodium.to_base64(bytes, variants.ORIGINAL);
const fromBase64 = (text: string) => sodium.from_base64(text, variants.ORIGINAL);
/** Fixed bytes with no pattern: the hash of a label. */
const bytesOf = (label: string, length: number) => sodium.crypto_generichash(length, `portal vector ${label}`, null);

const pairs = Object.fromEntries(
  ['alice', 'bob', 'carol'].map((name) => {
    const pair = sodium.crypto_box_seed_keypair(bytesOf(`seed of ${name}`, 32));
    return [name, { public_key: encode(pair.publicKey), secret_key: encode(pair.privateKey) }];
  }),
);

function raw(name: string) {
  const pair = pairs[name];
  if (!pair) throw new Error(`No key pair of ${name}`);
  return { publicKey: fromBase64(pair.public_key), secretKey: fromBase64(pair.secret_key) };
}

function keyBlob(sender: string, recipient: string) {
  const chatKey = bytesOf(`chat key of ${sender}`, 32);
  const nonce = bytesOf(`blob nonce ${sender} ${recipient}`, 24);
  const sealed = sodium.crypto_box_easy(chatKey, nonce, raw(recipient).publicKey, raw(sender).secretKey);
  const blob = encode(new Uint8Array([...nonce, ...sealed]));
  return { sender, recipient, chat_key: encode(chatKey), nonce: encode(nonce), blob };
}

function envelope(epoch: number, text: string) {
  const chatKey = bytesOf(`envelope key ${epoch}`, 32);
  const nonce = bytesOf(`envelope nonce ${epoch} ${text}`, 24);
  const json = sodium.from_string(`{"t":"text","body":${JSON.stringify(text)}}`);
  const plaintext = new Uint8Array([...json, ...new Uint8Array((64 - (json.length % 64)) % 64).fill(32)]);
  const ct = encode(new Uint8Array([...nonce, ...sodium.crypto_secretbox_easy(plaintext, nonce, chatKey)]));
  const content = `{"v":2,"epoch":${epoch},"ct":"${ct}"}`;
  return { epoch, text, chat_key: encode(chatKey), nonce: encode(nonce), plaintext: encode(plaintext), ct, content };
}

const signers = Object.fromEntries(
  ['alice', 'bob'].map((name) => {
    const seed = bytesOf(`signing seed of ${name}`, 32);
    const pair = sodium.crypto_sign_seed_keypair(seed);
    return [name, { public_key: encode(pair.publicKey), seed: encode(seed) }];
  }),
);

/** Plaintext 3, in an envelope. */
function signedEnvelope(author: string, body: string, { chat, epoch, user, n }: Record<string, number>) {
  const signer = signers[author];
  if (!signer) throw new Error(`No signing key of ${author}`);
  const pair = sodium.crypto_sign_seed_keypair(fromBase64(signer.seed));
  const tab = encode(bytesOf(`tab of ${author}`, 8));
  const text = sodium.from_string(
    JSON.stringify({ t: 'text', body, chat, epoch, user, from: signer.public_key, tab, n }),
  );
  const json = new Uint8Array([...text, ...new Uint8Array((64 - (text.length % 64)) % 64).fill(32)]);
  const signature = sodium.crypto_sign_detached(json, pair.privateKey);
  const plaintext = new Uint8Array([3, ...signature, ...json]);
  const chatKey = bytesOf(`signed envelope key ${epoch}`, 32);
  const nonce = bytesOf(`signed envelope nonce ${epoch} ${n}`, 24);
  const ct = encode(new Uint8Array([...nonce, ...sodium.crypto_secretbox_easy(plaintext, nonce, chatKey)]));
  const content = `{"v":2,"epoch":${epoch},"ct":"${ct}"}`;
  const sealed = { chat_key: encode(chatKey), nonce: encode(nonce), signature: encode(signature), content };
  return { author, body, chat, epoch, user, tab, n, plaintext: encode(plaintext), ...sealed };
}

function safetyNumber(sessions: { name: string; signer?: string }[]) {
  const records = sessions
    .map(({ name, signer }) => {
      const signing = signer === undefined ? new Uint8Array(32) : fromBase64(signers[signer]?.public_key ?? '');
      return new Uint8Array([...raw(name).publicKey, ...signing]);
    })
    .sort((a, b) => sodium.compare(reversed(a), reversed(b)));
  // libsodium calls SHA-512 plain crypto_hash; the wrapper leaves out the longer name.
  const digest = sodium.crypto_hash(new Uint8Array(records.flatMap((record) => [...record])));
  const groups = Array.from({ length: 12 }, (_, group) => {
    const hex = sodium.to_hex(digest.subarray(group * 5, group * 5 + 5));
    return String(BigInt(`0x${hex}`) % 100_000n).padStart(5, '0');
  });
  const listed = sessions.map(({ name, signer }) => ({
    public_key: pairs[name]?.public_key,
    signing_key: signer === undefined ? null : signers[signer]?.public_key,
  }));
  return { sessions: listed, digits: groups.join('') };
}

/** sodium.compare reads little-endian; the sorting wanted here starts at the first byte. */
function reversed(key: Uint8Array) {
  return Uint8Array.from(key).reverse();
}

const vectors = {
  about: 'Made with libsodium by make.ts. All binary values are base64 in the standard alphabet with padding.',
  key_pairs: pairs,
  key_blobs: [keyBlob('alice', 'bob'), keyBlob('bob', 'alice'), keyBlob('carol', 'carol')],
  envelopes: [
    envelope(1, 'hello'),
    envelope(17, ''),
    envelope(2, 'x'.repeat(41)),
    envelope(3, 'x'.repeat(42)),
    envelope(9_007_199_254_740_991, 'Grüße, 世界 👋 "quoted" \\ \n'),
  ],
  signing_keys: signers,
  signed_envelopes: [
    signedEnvelope('alice', 'hello', { chat: 7, epoch: 1, user: 12, n: 1 }),
    signedEnvelope('alice', '', { chat: 7, epoch: 1, user: 12, n: 2 }),
    signedEnvelope('bob', 'Grüße, 世界 👋 "quoted" \\ \n', { chat: 9, epoch: 1_000_017, user: 2, n: 1 }),
  ],
  safety_numbers: [
    safetyNumber([{ name: 'alice' }]),
    safetyNumber([{ name: 'alice', signer: 'alice' }, { name: 'bob' }]),
    safetyNumber([{ name: 'carol' }, { name: 'alice', signer: 'alice' }, { name: 'bob', signer: 'bob' }]),
  ],
};

await Bun.write(`${import.meta.dir}/e2ee.json`, `${JSON.stringify(vectors, null, 2)}\n`);
