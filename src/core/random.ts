/** The program's source of randomness. Tests may make it repeatable. */
export type Random = {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
};

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const READABLE = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** `length` characters of `[0-9A-Za-z]`, each equally likely. */
export function randomBase62(random: Random, length: number): string {
  return randomText(random, length, BASE62);
}

/** `length` characters of `[0-9a-z]`, each equally likely. */
export function randomBase36(random: Random, length: number): string {
  return randomText(random, length, BASE36);
}

/** `length` hexadecimal digits; `length` is even. */
export function randomHex(random: Random, length: number): string {
  return Buffer.from(random.bytes(length / 2)).toString('hex');
}

/** A whole number from 0 to `below` - 1 (at most 2 ** 32), each equally likely. */
export function randomBelow(random: Random, below: number): number {
  const fair = 2 ** 32 - (2 ** 32 % below);
  for (;;) {
    const number = Buffer.from(random.bytes(4)).readUInt32LE();
    if (number < fair) return number % below;
  }
}

/** Characters of `alphabet` (at most 64) chosen by `source`, without modulo bias. */
function randomText(random: Random, length: number, alphabet: string): string {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random.bytes(length * 2)) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

/** Maps secret bytes to `[0-9A-Za-z]`, deterministically. */
export function base62Of(bytes: Uint8Array, length: number): string {
  return textOf(bytes, length, BASE62);
}

/** Maps secret bytes to unambiguous letters and digits: no `0 O 1 I l`. */
export function readableOf(bytes: Uint8Array, length: number): string {
  return textOf(bytes, length, READABLE);
}

function textOf(bytes: Uint8Array, length: number, alphabet: string): string {
  const base = BigInt(alphabet.length);
  let number = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  while (text.length < length) {
    text += alphabet[Number(number % base)];
    number /= base;
  }
  return text;
}
