import { describe, expect, test } from 'bun:test';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { randomBelow } from '../../src/core/random.ts';
import { ALIAS_WORDS, newAlias } from '../../src/modules/people/strangers/aliases.policy.ts';

const { adjectives, nouns } = ALIAS_WORDS;

describe('an alias', () => {
  test('is an adjective and a noun out of lists that are long enough, and hold each word once', () => {
    for (const words of [adjectives, nouns]) {
      expect(words.length).toBeGreaterThanOrEqual(150);
      expect(words.filter((word) => !/^[a-z]{3,12}$/.test(word))).toEqual([]);
    }
    expect(new Set([...adjectives, ...nouns]).size).toBe(adjectives.length + nouns.length);
    for (let count = 0; count < 100; count++) {
      const [adjective = '', noun = '', ...rest] = newAlias(systemRandom).split('-');
      expect([adjectives.includes(adjective), nouns.includes(noun), rest]).toEqual([true, true, []]);
    }
  });

  test('is never one that is taken while there is another, and comes although all are', () => {
    const free = `${adjectives.at(-1)}-${nouns.at(-1)}`;
    expect(newAlias(systemRandom, (alias) => alias !== free)).toBe(free);
    expect(newAlias(systemRandom, () => true)).toMatch(/^[a-z]+-[a-z]+$/);
  });
});

test('a random number below a bound skips what would make some more likely', () => {
  const given = [0xffff_ffff, 0xffff_fffe, 8];
  const random = {
    bytes(length: number) {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(0, given.shift() ?? 0, true);
      return bytes;
    },
  };
  // 2 ** 32 is 1 more than a multiple of 5, and of 3.
  expect(randomBelow(random, 5)).toBe(4);
  expect(randomBelow(random, 5)).toBe(3);
});
