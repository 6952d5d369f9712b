import sodium from 'libsodium-wrappers';
import { sign } from '../../src/client/crypto/signing.ts';
import {
  createChatKey,
  createKeyPair,
  createVerifier,
  deriveSigningPair,
  type HistoryEntry,
  openEnvelope,
  parseEnvelope,
  type Signed,
  sealEnvelope,
  sealSignedEnvelope,
} from '../../src/client/index.ts';
import { MessageReader } from '../../src/client/room/message-reader.ts';

/** Times a second. `…Plain`: where the platform has no Ed25519. */
export type Rates = Record<'seal' | 'open' | 'sign' | 'signPlain' | 'check' | 'checkPlain', number>;
/** Milliseconds until the newest fifty messages can be shown, until all can, and the longest time in which nothing else could run. */
export type View = { inViewMs: number; allMs: number; longestBlockMs: number };
export type SealingResult = { view: View; viewPlain: View; rates: Rates; yardstick: Yardstick };
export type Yardstick = Omit<Rates, 'signPlain' | 'checkPlain'>;
export type SealingOrder = { eachMs: number };

const CHAT = 7;
const EPOCH = 3;
const PAGE = 500;
const IN_VIEW = 50;
const AUTHORS = 20;
const TEXT_BYTES = 150;
const BATCH = 50;
const TICK_MS = 5;
const WARM_UP_SHARE = 0.3;

/** A platform without Ed25519. */
const NO_PLATFORM = {} as SubtleCrypto;

const text = 'So what do you say, half past eight? '.repeat(10).slice(0, TEXT_BYTES);
const chatKey = createChatKey();

/** Runs in Bun and in browsers. The views come first, as they do in a page that was just opened. */
export async function measureHere({ eachMs }: SealingOrder): Promise<SealingResult> {
  const page = await pageOfHistory();
  const view = await timeOfView(page, globalThis.crypto.subtle);
  const viewPlain = await timeOfView(page, NO_PLATFORM);
  return { view, viewPlain, rates: await rates(eachMs), yardstick: await yardstick(eachMs) };
}

async function timeOfView(page: readonly HistoryEntry[], subtle: SubtleCrypto): Promise<View> {
  const blocks = watchBlocks();
  const began = performance.now();
  let shown = 0;
  let inViewMs = Number.NaN;
  const reader = new MessageReader({
    chatId: CHAT,
    keysOf: () => [chatKey],
    epoch: () => EPOCH,
    list: { hasSigned: () => true },
    verify: createVerifier(subtle),
    deliver: (messages) => {
      if (messages.some(({ author }) => author !== 'signed')) throw new Error('a message was not opened and checked');
      shown += messages.length;
      if (shown >= IN_VIEW && Number.isNaN(inViewMs)) inViewMs = performance.now() - began;
    },
    refused: (_, error) => {
      throw error;
    },
    repeated: (_, error) => {
      throw error;
    },
  });
  reader.readNewestFirst(page);
  await reader.settled();
  const allMs = performance.now() - began;
  if (shown !== page.length) throw new Error(`${shown} of ${page.length} messages were shown`);
  return { inViewMs, allMs, longestBlockMs: await blocks() };
}

/** By how much the latest timer was late, until it is asked for. Unlike tasks without a break, timers leave a page idle. */
function watchBlocks(): () => Promise<number> {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    longest = Math.max(longest, performance.now() - last - TICK_MS);
    last = performance.now();
  };
  const timer = setInterval(look, TICK_MS);
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    look();
    clearInterval(timer);
    return longest;
  };
}

async function pageOfHistory(): Promise<HistoryEntry[]> {
  const authors = await Promise.all(Array.from({ length: AUTHORS }, () => deriveSigningPair(createKeyPair())));
  const entries: HistoryEntry[] = [];
  for (let at = 0; at < PAGE; at++) {
    const user = 1 + (at % AUTHORS);
    const author = authors[user - 1];
    if (!author) throw new Error('every message has an author');
    const statement = { chat: CHAT, epoch: EPOCH, user, tab: 'AAAAAAAAAAA=', n: 1 + Math.floor(at / AUTHORS) };
    entries.push({
      id: `${1_700_000_000_000 + at}-0`,
      prev_id: at === 0 ? null : `${1_700_000_000_000 + at - 1}-0`,
      chat_id: CHAT,
      chat_name: 'Movie night',
      sender: { id: user, username: `person_${user}`, avatar_url: null },
      permission_level: 0,
      type: 'user',
      epoch: EPOCH.toString(16).padStart(16, '0'),
      content: await sealSignedEnvelope(text, statement, author, chatKey),
      timestamp: new Date(1_700_000_000_000 + at).toISOString(),
    });
  }
  return entries;
}

async function rates(eachMs: number): Promise<Rates> {
  const author = await deriveSigningPair(createKeyPair());
  const bytes = new TextEncoder().encode(text);
  const envelope = sealEnvelope(text, EPOCH, chatKey);
  const signed: Signed = { bytes, signature: await sign(bytes, author), from: author.publicKey };
  const batch = Array.from({ length: BATCH }, () => signed);
  const check = async (subtle: SubtleCrypto) => {
    const verify = createVerifier(subtle);
    return BATCH * (await perSecond(eachMs, async () => void mustBe((await verify(batch)).every(Boolean))));
  };
  return {
    seal: await perSecond(eachMs, () => sealEnvelope(text, EPOCH, chatKey)),
    open: await perSecond(eachMs, () => mustBe(openEnvelope(parseEnvelope(envelope), chatKey) === text)),
    sign: await perSecond(eachMs, () => sign(bytes, author)),
    signPlain: await perSecond(eachMs, () => sign(bytes, author, NO_PLATFORM)),
    check: await check(globalThis.crypto.subtle),
    checkPlain: await check(NO_PLATFORM),
  };
}

/** The same primitives of libsodium, compiled to WebAssembly, with the envelope around the seal. */
async function yardstick(eachMs: number): Promise<Yardstick> {
  await sodium.ready;
  const bytes = new TextEncoder().encode(text);
  const pair = sodium.crypto_sign_keypair();
  const nonce = sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES);
  const base64 = sodium.base64_variants.ORIGINAL;
  const sealed = sodium.crypto_secretbox_easy(bytes, nonce, chatKey);
  const envelope = JSON.stringify({ v: 2, epoch: EPOCH, ct: sodium.to_base64(sealed, base64) });
  const signature = sodium.crypto_sign_detached(bytes, pair.privateKey);
  return {
    seal: await perSecond(eachMs, () => {
      const ct = sodium.crypto_secretbox_easy(
        bytes,
        sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES),
        chatKey,
      );
      return JSON.stringify({ v: 2, epoch: EPOCH, ct: sodium.to_base64(ct, base64) });
    }),
    open: await perSecond(eachMs, () => {
      const ct = sodium.from_base64(JSON.parse(envelope).ct, base64);
      mustBe(sodium.crypto_secretbox_open_easy(ct, nonce, chatKey).length === bytes.length);
    }),
    sign: await perSecond(eachMs, () => sodium.crypto_sign_detached(bytes, pair.privateKey)),
    check: await perSecond(eachMs, () => mustBe(sodium.crypto_sign_verify_detached(signature, bytes, pair.publicKey))),
  };
}

async function perSecond(eachMs: number, run: () => unknown): Promise<number> {
  await timed(eachMs * WARM_UP_SHARE, run);
  return timed(eachMs, run);
}

async function timed(forMs: number, run: () => unknown): Promise<number> {
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < forMs; count++) {
    const result = run();
    if (result instanceof Promise) await result;
  }
  return (count * 1000) / (performance.now() - began);
}

function mustBe(isTrue: boolean): void {
  if (!isTrue) throw new Error('what was sealed or signed is not what came out');
}
