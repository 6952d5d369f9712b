import { describe, expect, test } from 'bun:test';
import { MemoryLeases } from '../../src/adapters/memory/memory-lease.ts';
import { holding, type Leases } from '../../src/ports/lease.ts';
import { TestTimers } from '../support/test-timers.ts';
import { leasePromises } from './lease.suite.ts';

leasePromises('in memory', (timers) => new MemoryLeases(timers));

describe('work under a lease', () => {
  const times = { ttlMs: 30_000, renewMs: 10_000 };

  function given(change: (leases: Leases) => Partial<Leases> = () => ({})) {
    const timers = new TestTimers();
    const memory = new MemoryLeases(timers);
    const leases: Leases = {
      take: (name, ttlMs) => memory.take(name, ttlMs),
      renew: (name, token, ttlMs) => memory.renew(name, token, ttlMs),
      release: (name, token) => memory.release(name, token),
      ...change(memory),
    };
    const whileHeld = holding(leases, timers, times);
    const { promise: end, resolve: finish } = Promise.withResolvers<void>();

    /** Work that goes on until `finish`, once it has begun. */
    async function begun() {
      const { promise: lost, resolve: begin } = Promise.withResolvers<AbortSignal>();
      const work = whileHeld('it', (signal) => {
        begin(signal);
        return end;
      });
      return { lost: await lost, work };
    }

    return { timers, memory, whileHeld, begun, finish };
  }

  test('is done by one at a time, and not at all by others meanwhile', async () => {
    const { whileHeld, begun, finish } = given();
    const { work } = await begun();
    expect(await whileHeld('it', () => Promise.reject(new Error('ran twice at a time')))).toBe(false);
    finish();
    expect(await work).toBe(true);
    expect(await whileHeld('it', () => Promise.resolve())).toBe(true);
  });

  test('keeps its lease however long it takes', async () => {
    const { timers, memory, begun, finish } = given();
    const { lost, work } = await begun();
    await timers.advance(10 * times.ttlMs);
    expect(await memory.take('it', 1000)).toBeUndefined();
    expect(lost.aborted).toBe(false);
    finish();
    expect(await work).toBe(true);
    expect(await memory.take('it', 1000)).toBeString();
  });

  test('gives the lease back when it fails, and the failure is the caller’s', async () => {
    const { memory, whileHeld } = given();
    expect(whileHeld('it', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await whileHeld('it', () => Promise.resolve())).toBe(true);
    expect(await memory.take('it', 1000)).toBeString();
  });

  test('hears when its lease is lost, and takes nothing from the next holder', async () => {
    const { timers, memory, begun, finish } = given(() => ({ renew: () => Promise.resolve(false) }));
    const { lost, work } = await begun();
    await timers.advance(times.renewMs);
    expect(lost.aborted).toBe(true);
    await timers.advance(times.ttlMs);
    expect(await memory.take('it', times.ttlMs)).toBeString();
    finish();
    await work;
    expect(await memory.take('it', times.ttlMs)).toBeUndefined();
  });

  test('hears that its lease is lost when no renewal has come through for as long as it lasts', async () => {
    const { timers, begun, finish } = given(() => ({ renew: () => Promise.reject(new Error('network')) }));
    const { lost, work } = await begun();
    await timers.advance(times.ttlMs - 1);
    expect(lost.aborted).toBe(false);
    await timers.advance(1);
    expect(lost.aborted).toBe(true);
    finish();
    await work;
  });

  test('outlives a renewal that fails, if the next one comes in time', async () => {
    let failures = 1;
    const { timers, memory, begun, finish } = given((leases) => ({
      renew: (name, token, ttlMs) =>
        failures-- > 0 ? Promise.reject(new Error('network')) : leases.renew(name, token, ttlMs),
    }));
    const { lost, work } = await begun();
    await timers.advance(3 * times.ttlMs);
    expect(await memory.take('it', 1000)).toBeUndefined();
    expect(lost.aborted).toBe(false);
    finish();
    expect(await work).toBe(true);
  });
});
