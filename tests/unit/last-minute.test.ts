import { beforeEach, expect, test } from 'bun:test';
import { LastMinute } from '../../src/modules/instance/monitoring/last-minute.ts';

let now = 0;
let minute: LastMinute;
beforeEach(() => {
  now = 12_000;
  minute = new LastMinute({ elapsed: () => now });
});

test('nothing happened yet, and the latency of nothing is unknown', () => {
  expect(minute.figures()).toEqual({ messages: 0, errors: 0, latencyP95Ms: null });
});

test('what happened counts for 60 seconds, to the second', () => {
  minute.messageSent();
  now += 30_000;
  minute.messageSent();
  minute.answered(5, true);
  minute.answered(5, false);
  expect(minute.figures()).toMatchObject({ messages: 2, errors: 1 });
  now += 29_999;
  expect(minute.figures()).toMatchObject({ messages: 2, errors: 1 });
  now += 1000;
  expect(minute.figures()).toMatchObject({ messages: 1, errors: 1 });
  now += 30_000;
  expect(minute.figures()).toEqual({ messages: 0, errors: 0, latencyP95Ms: null });
});

test('a second that comes round again begins at nothing, also after a long silence', () => {
  for (let sent = 0; sent < 5; sent++) minute.messageSent();
  minute.answered(1000, true);
  for (const wait of [60_000, 3_600_000]) {
    now += wait;
    minute.messageSent();
    minute.answered(1, false);
    expect(minute.figures()).toMatchObject({ messages: 1, errors: 0 });
    expect(minute.figures().latencyP95Ms).toBeLessThan(1.3);
  }
});

test('19 of 20 answers took no longer than the latency says, and it is less than a fifth above', () => {
  for (const slowest of [0.02, 0.1, 0.3, 1, 7, 48, 999, 20_000]) {
    const own = new LastMinute({ elapsed: () => now });
    for (let answer = 0; answer < 95; answer++) own.answered(answer === 0 ? slowest : slowest / 2, false);
    for (let answer = 0; answer < 5; answer++) own.answered(slowest * 10, false);
    const half = own.figures().latencyP95Ms ?? 0;
    own.answered(slowest, false);
    for (let answer = 0; answer < 2000; answer++) own.answered(slowest, false);
    const whole = own.figures().latencyP95Ms ?? 0;
    expect(whole).toBeGreaterThanOrEqual(slowest * 0.995);
    expect(whole).toBeLessThan(Math.max(slowest, 0.1) * 1.2);
    expect(half).toBeGreaterThanOrEqual(slowest * 0.995 * 0.5);
    expect(half).toBeLessThan(Math.max(slowest, 0.1) * 1.2);
  }
});

test('an answer that took longer than can be told is the longest that can', () => {
  minute.answered(1e9, false);
  expect(minute.figures().latencyP95Ms).toBeGreaterThan(60_000);
});
