import { expect, test } from 'bun:test';
import { HOUR_MS, MINUTE_MS } from '../../src/core/durations.ts';
import { periodOf, wipeAfter, wipeNotice } from '../../src/modules/chats/clearing/wipe-presets.policy.ts';

test.each([
  ['1m', MINUTE_MS, 'every minute'],
  ['15m', 15 * MINUTE_MS, 'every 15 minutes'],
  ['1h', HOUR_MS, 'every hour'],
  ['4h', 4 * HOUR_MS, 'every 4 hours'],
  ['24h', 24 * HOUR_MS, 'every 24 hours'],
])('the preset %s is a period of %i ms, announced as %s', (preset, periodMs, words) => {
  expect(periodOf(preset)).toBe(periodMs);
  expect(wipeNotice(preset)).toBe(`Messages will be wiped ${words}`);
});

test.each([null, '2m'])('%p is no timer', (preset) => {
  expect(periodOf(preset)).toBeNull();
  expect(wipeNotice(preset)).toBe('Messages are kept from now on');
});

test('the next wipe is in the old rhythm and still to come, however many were missed', () => {
  expect(wipeAfter(1000, 60, 1000)).toBe(1060);
  expect(wipeAfter(1000, 60, 1059)).toBe(1060);
  expect(wipeAfter(1000, 60, 1060)).toBe(1120);
  expect(wipeAfter(1000, 60, 1000 + 60 * 7 + 5)).toBe(1000 + 60 * 8);
});
