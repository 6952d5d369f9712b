import { describe, expect, test } from 'bun:test';
import { Lifetime } from '../../src/modules/chats/browser/lifetime.ts';
import { TestTimers } from '../support/test-timers.ts';

/** What is said and done, each with the second in which it is. */
function lived({ idleS = 600, maxS = 0 } = {}) {
  const timers = new TestTimers();
  const said: string[] = [];
  const at = () => timers.elapsed() / 1000;
  const lifetime = new Lifetime({
    timers,
    idleMs: idleS * 1000,
    maxMs: maxS * 1000,
    warn: (stopsAt, reason) =>
      said.push(`${at()}: ${reason} ${stopsAt === null ? 'kept' : `at ${at() + (stopsAt - timers.now()) / 1000}`}`),
    end(reason) {
      said.push(`${at()}: ${reason}`);
      lifetime.stop();
    },
  });
  return { lifetime, timers, said, pass: (seconds: number) => timers.advance(seconds * 1000) };
}

describe('without viewers', () => {
  test.each([
    [600, ['540: idle at 600', '600: idle']],
    [61, ['1: idle at 61', '61: idle']],
    [60, ['30: idle at 60', '60: idle']],
    [10, ['5: idle at 10', '10: idle']],
    [1, ['0.5: idle at 1', '1: idle']],
  ])('an idle time of %d seconds ends once, announced once', async (idleS, expected) => {
    const { said, pass, timers } = lived({ idleS });
    await pass(2000);
    expect(said).toEqual(expected);
    expect(timers.pending).toBe(0);
  });

  test('it begins anew at each touch, which says something only after a warning', async () => {
    const { lifetime, said, pass } = lived();
    for (let touches = 0; touches < 5; touches++) {
      await pass(500);
      lifetime.touched();
    }
    expect(said).toEqual([]);
    await pass(550);
    lifetime.touched();
    lifetime.touched();
    await pass(599);
    expect(said).toEqual(['3040: idle at 3100', '3050: idle kept', '3590: idle at 3650']);
    await pass(1);
    expect(said.at(-1)).toBe('3650: idle');
  });
});

describe('with viewers', () => {
  test('time stands still until the last one goes', async () => {
    const { lifetime, said, pass, timers } = lived();
    await pass(100);
    lifetime.watched(1);
    await pass(1000);
    expect(timers.pending).toBe(0);
    lifetime.watched(2);
    lifetime.watched(1);
    await pass(1000);
    lifetime.watched(0);
    await pass(600);
    expect(said).toEqual(['2640: idle at 2700', '2700: idle']);
  });

  test('who comes after the warning takes it back', async () => {
    const { lifetime, said, pass } = lived();
    await pass(541);
    lifetime.watched(1);
    lifetime.watched(2);
    await pass(1000);
    expect(said).toEqual(['540: idle at 600', '541: idle kept']);
  });

  test('that nobody comes changes nothing', async () => {
    const { lifetime, said, pass } = lived();
    await pass(500);
    lifetime.watched(0);
    await pass(100);
    expect(said).toEqual(['540: idle at 600', '600: idle']);
  });
});

describe('the longest time', () => {
  test.each([
    [3600, ['3300: max at 3600', '3540: max at 3600', '3600: max']],
    [300, ['240: max at 300', '300: max']],
    [61, ['1: max at 61', '61: max']],
    [60, ['30: max at 60', '60: max']],
    [4, ['2: max at 4', '4: max']],
  ])('of %d seconds ends however many watch', async (maxS, expected) => {
    const { lifetime, said, pass, timers } = lived({ maxS });
    lifetime.watched(3);
    await pass(5000);
    expect(said).toEqual(expected);
    expect(timers.pending).toBe(0);
  });

  test('of none lets it go on', async () => {
    const { lifetime, timers, said, pass } = lived();
    lifetime.watched(1);
    await pass(1_000_000);
    expect({ said, pending: timers.pending }).toEqual({ said: [], pending: 0 });
  });
});

test('after its end nothing is said', async () => {
  const { lifetime, said, pass, timers } = lived({ maxS: 700 });
  await pass(550);
  lifetime.stop();
  expect(timers.pending).toBe(0);
  lifetime.touched();
  lifetime.watched(1);
  lifetime.watched(0);
  await pass(1000);
  expect(said).toEqual(['400: max at 700', '540: idle at 600']);
});
