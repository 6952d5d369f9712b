import { describe, expect, test } from 'bun:test';
import { Held } from '../../src/modules/chats/watching/held.ts';
import { InputLimits } from '../../src/modules/chats/watching/input-limits.ts';
import { Pointers } from '../../src/modules/chats/watching/pointers.ts';
import type { InputEvent } from '../../src/ports/browser-engine.ts';
import { Chance, fuzzSeed } from '../support/fuzz.ts';
import { TestTimers } from '../support/test-timers.ts';

const key = (name: string, down: boolean, modifiers = 0): InputEvent => ({
  type: 'key',
  key: name,
  code: `Key${name.toUpperCase()}`,
  down,
  modifiers,
});
const button = (down: boolean, which: 0 | 1 | 2 = 0): InputEvent => ({
  type: down ? 'down' : 'up',
  x: 0.5,
  y: 0.25,
  button: which,
});

function held() {
  const timers = new TestTimers();
  const released: InputEvent[] = [];
  return { timers, released, held: new Held(timers, (events) => void released.push(...events)) };
}

describe('keys and buttons that are down', () => {
  test('go up with the socket that pressed them, those of another stay', () => {
    const { held: one, released } = held();
    one.note('tab', 1, key('a', true, 2));
    one.note('tab', 1, button(true));
    one.note('other', 1, key('b', true));
    one.dropSocket('tab');
    one.dropSocket('tab');
    expect(released).toEqual([key('a', false), button(false)]);
    one.dropSocket('other');
    expect(released.slice(2)).toEqual([key('b', false)]);
  });

  test('go up when someone else has control, and never twice', () => {
    const { held: one, released, timers } = held();
    one.note('tab', 1, key('a', true));
    one.note('tab', 1, key('b', true));
    one.note('tab', 1, key('a', false));
    one.keepOnly(1);
    expect(released).toEqual([]);
    one.keepOnly(2);
    one.keepOnly(null);
    expect(released).toEqual([key('b', false)]);
    expect(timers.pending).toBe(0);
    one.note('tab', 1, key('c', true));
    one.note('tab', 1, key('c', false));
    expect(timers.pending).toBe(0);
  });

  test('go up after ten seconds of silence, and not while anything is heard', async () => {
    const { held: one, released, timers } = held();
    one.note('tab', 1, key('w', true));
    await timers.advance(9000);
    one.note('tab', 1, { type: 'move', x: 0, y: 0 });
    await timers.advance(9000);
    expect(released).toEqual([]);
    await timers.advance(1000);
    expect(released).toEqual([key('w', false)]);
    expect(timers.pending).toBe(0);
  });

  test('of letters go up with ⌘, which hides their own release', () => {
    const { held: one } = held();
    const meta = (down: boolean): InputEvent => ({ type: 'key', key: 'Meta', code: 'MetaLeft', down, modifiers: 4 });
    one.note('tab', 1, key('Shift', true));
    one.note('tab', 1, meta(true));
    one.note('tab', 1, key('c', true, 4));
    expect(one.note('tab', 1, meta(false))).toEqual([key('c', false)]);
    expect(one.isRelease('tab', key('Shift', false))).toBe(true);
    expect(one.isRelease('tab', key('c', false))).toBe(false);
  });

  test('are at most 32', () => {
    const { held: one } = held();
    const letters = [...'abcdefghijklmnopqrstuvwxyz012345'];
    expect(letters.every((letter) => one.note('tab', 1, key(letter, true)))).toBe(true);
    expect(one.note('tab', 1, key('6', true))).toBeUndefined();
    expect(one.note('tab', 1, key('a', true))).toEqual([]);
  });

  test('are all up at the end, whatever came before', () => {
    const chance = new Chance(fuzzSeed());
    for (let round = 0; round < 100; round++) {
      const down = new Set<string>();
      const apply = (event: InputEvent) => {
        if (event.type === 'key') down[event.down ? 'add' : 'delete'](event.code);
        else if (event.type === 'down' || event.type === 'up')
          down[event.type === 'down' ? 'add' : 'delete'](`${event.button}`);
      };
      const one = new Held(new TestTimers(), (events) => events.forEach(apply));
      for (let step = 0; step < 100; step++) {
        const socket = `s${chance.below(3)}`;
        const what = chance.below(20);
        if (what === 0) one.dropSocket(socket);
        else if (what === 1) one.keepOnly(chance.below(2));
        else {
          const event = chance.happens(0.5)
            ? key(chance.pick([...'abcdef']), chance.happens(0.6))
            : button(chance.happens(0.6), chance.pick([0, 1, 2] as const));
          const also = one.note(socket, chance.below(2), event);
          if (also) [...also, event].forEach(apply);
        }
      }
      one.keepOnly(null);
      expect([...down]).toEqual([]);
    }
  });
});

describe('input of one socket', () => {
  test('is 120 events in any second', () => {
    const timers = new TestTimers();
    const limits = new InputLimits(() => timers.elapsed());
    const accepted = (count: number) => Array.from({ length: count }, () => limits.accepts()).filter(Boolean).length;
    expect(accepted(10_000)).toBe(120);
    timers.jump(999);
    expect(accepted(10)).toBe(0);
    timers.jump(1);
    expect(accepted(60)).toBe(60);
    timers.jump(500);
    expect(accepted(1000)).toBe(60);
    timers.jump(500);
    expect(accepted(1000)).toBe(60);
  });

  test('is a flood after five seconds with more than 1,000 each', () => {
    const floodAfter = (perSecond: number, seconds: number, pauseAt = Number.NaN): number | undefined => {
      const timers = new TestTimers();
      const limits = new InputLimits(() => timers.elapsed());
      for (let tenth = 0; tenth < seconds * 10; tenth++) {
        const events = Math.floor(perSecond / 10) + (tenth % 10 === 0 ? perSecond % 10 : 0);
        if (tenth !== pauseAt && limits.isFlood(events)) return tenth / 10;
        timers.jump(tenth === pauseAt ? 2000 : 100);
      }
      return undefined;
    };
    expect(floodAfter(1000, 30)).toBeUndefined();
    expect(floodAfter(1001, 30)).toBe(5);
    expect(floodAfter(10_000, 30)).toBe(5);
    expect(floodAfter(10_000, 5)).toBeUndefined();
    // A pause of two seconds after the fourth: counted anew.
    expect(floodAfter(10_000, 9, 40)).toBeUndefined();
    expect(floodAfter(10_000, 12, 40)).toBeGreaterThan(9);
  });
});

test('pointers are told at once, then twenty times a second, and where they stopped', async () => {
  const timers = new TestTimers();
  timers.jump(1_000_000);
  const told: [number, number][] = [];
  const pointers = new Pointers(timers, (userId, { x }) => void told.push([userId, x]));
  pointers.at(1, { x: 0.1, y: 0 });
  pointers.at(1, { x: 0.2, y: 0 });
  pointers.at(1, { x: 0.3, y: 0 });
  pointers.at(2, { x: 0.9, y: 0 });
  expect(told).toEqual([
    [1, 0.1],
    [2, 0.9],
  ]);
  await timers.advance(49);
  expect(told).toHaveLength(2);
  await timers.advance(1);
  expect(told.slice(2)).toEqual([[1, 0.3]]);
  timers.jump(50);
  pointers.at(1, { x: 0.4, y: 0 });
  expect(told.pop()).toEqual([1, 0.4]);
  pointers.remove(1);
  pointers.at(1, { x: 0.5, y: 0 });
  expect(told.pop()).toEqual([1, 0.5]);
  for (let n = 0; n < 50; n++) {
    pointers.at(1, { x: n, y: 0 });
    await timers.advance(10);
  }
  expect(told.length).toBeLessThanOrEqual(3 + 11);
  pointers.at(1, { x: 7, y: 0 });
  pointers.at(1, { x: 8, y: 0 });
  pointers.remove(1);
  pointers.clear();
  expect(timers.pending).toBe(0);
});
