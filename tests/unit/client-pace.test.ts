import { describe, expect, test } from 'bun:test';
import { PortalError } from '../../src/client/errors.ts';
import { Pace } from '../../src/client/link/pace.ts';
import { pauseMs } from '../../src/client/link/retry.ts';

const refused = (retry_after: number) =>
  new PortalError({ status: 429, code: 'ERR_RATE_LIMITED', message: 'no', details: { retry_after } });
/** All chance is the same: 0 to 255 of 256. */
const chance = (byte: number) => (length: number) => new Uint8Array(length).fill(byte);

describe('the pace of what a client asks for by itself', () => {
  function pace() {
    const clock = { now: 1000 };
    return { clock, pace: new Pace(() => clock.now) };
  }

  test('is thirty at once, then one a second, in the order in which they came', () => {
    const { clock, pace: one } = pace();
    const waits = Array.from({ length: 33 }, () => one.take());
    expect(waits).toEqual([...Array.from({ length: 30 }, () => 0), 1000, 2000, 3000]);
    clock.now += 3000;
    expect(one.take()).toBe(1000);
    clock.now += 3_600_000;
    expect(Array.from({ length: 31 }, () => one.take()).filter((ms) => ms === 0)).toHaveLength(30);
  });

  test('stands still for as long as the server asked, and no longer', () => {
    const { clock, pace: one } = pace();
    one.refused(refused(40));
    one.refused(refused(5));
    one.refused(new Error('something else'));
    expect(one.take()).toBe(40_000);
    clock.now += 40_000;
    expect(one.take()).toBe(0);
  });
});

describe('the pause before a failed call is tried again', () => {
  const pause = (attempt: number, byte: number, error?: unknown) =>
    pauseMs({ attempt, baseMs: 500, random: chance(byte), error });

  test('doubles, to half a minute at most, and differs from client to client', () => {
    expect([0, 1, 2, 5, 6, 60].map((attempt) => pause(attempt, 0))).toEqual([250, 500, 1000, 8000, 15_000, 15_000]);
    for (const attempt of [0, 6, 60]) {
      expect(pause(attempt, 255)).toBeGreaterThan(pause(attempt, 128));
      expect(pause(attempt, 255)).toBeLessThan(2 * pause(attempt, 0));
    }
  });

  test('is as long as the server asks, never shorter, and two seconds longer at most', () => {
    expect(pause(0, 0, refused(60))).toBe(60_000);
    expect(pause(9, 255, refused(60))).toBeGreaterThan(60_000);
    expect(pause(9, 255, refused(60))).toBeLessThan(62_000);
    expect(pause(0, 255, refused(1))).toBeLessThan(2000);
    expect(pause(0, 0, refused(0))).toBe(250);
    expect(pause(0, 0, refused(Number.NaN))).toBe(250);
  });
});
