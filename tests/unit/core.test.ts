import { describe, expect, test } from 'bun:test';
import { BlockList } from 'node:net';
import { MemoryLeases } from '../../src/adapters/memory/memory-lease.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { addRange, networkOf, plainAddress } from '../../src/core/addresses.ts';
import { isoTime, isoTimeOrNull } from '../../src/core/clock.ts';
import { defineError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events.ts';
import { createLogger, type Logger, silentLogger } from '../../src/core/logger.ts';
import { randomBase36, randomBase62, randomHex } from '../../src/core/random.ts';
import { type Job, Scheduler } from '../../src/core/scheduler.ts';
import {
  derivedApiKey,
  isWellFormedApiKey,
  newApiKey,
  newSessionToken,
  sameText,
  sha256,
} from '../../src/core/secrets.ts';
import { formatStreamId, parseStreamId } from '../../src/core/stream-id.ts';
import { holding } from '../../src/ports/lease.ts';
import { TestTimers } from '../support/test-timers.ts';

describe('message ids', () => {
  test('are read as they are written', () => {
    for (const id of [
      { ms: 0, seq: 0 },
      { ms: 1_710_000_000_000, seq: 17 },
      { ms: 999_999_999_999_999, seq: 9_999_999_999 },
    ])
      expect(parseStreamId(formatStreamId(id))).toEqual(id);
  });

  test('are nothing else', () => {
    for (const text of [
      '',
      '1',
      '1-',
      '-1',
      '01-0',
      '1-01',
      '1-0 ',
      ' 1-0',
      '1-0\n',
      '1.5-0',
      '1e3-0',
      '9007199254740993-0',
      'a-b',
      '1-0-0',
    ])
      expect({ text, id: parseStreamId(text) }).toEqual({ text, id: undefined });
  });
});

describe('secrets', () => {
  test('API keys carry their prefix and a checksum that notices every single typo', () => {
    const key = newApiKey(systemRandom, 'hbot_');
    expect(isWellFormedApiKey(key, 'hbot_')).toBe(true);
    expect(isWellFormedApiKey(key, 'hpub_')).toBe(false);
    for (let at = 0; at < key.length; at++) {
      const typo = `${key.slice(0, at)}${key[at] === 'x' ? 'y' : 'x'}${key.slice(at + 1)}`;
      expect(isWellFormedApiKey(typo, 'hbot_')).toBe(false);
    }
    for (const rubbish of ['', 'hbot_', key.slice(1), `${key}x`, key.toLowerCase(), 'x'.repeat(5000)])
      expect(isWellFormedApiKey(rubbish, 'hbot_') && rubbish !== key).toBe(false);
  });

  test('derived keys are the same for the same secret and label alone', () => {
    const secret = systemRandom.bytes(32);
    const key = derivedApiKey(secret, 'hpub_', 'public-key:0');
    expect(derivedApiKey(secret, 'hpub_', 'public-key:0')).toBe(key);
    expect(derivedApiKey(secret, 'hpub_', 'public-key:1')).not.toBe(key);
    expect(derivedApiKey(systemRandom.bytes(32), 'hpub_', 'public-key:0')).not.toBe(key);
    expect(isWellFormedApiKey(key, 'hpub_')).toBe(true);
  });

  test('are never the same twice', () => {
    const many = (make: () => string) => new Set(Array.from({ length: 1000 }, make)).size;
    expect(many(() => newSessionToken(systemRandom))).toBe(1000);
    expect(many(() => newApiKey(systemRandom, 'hbot_'))).toBe(1000);
    expect(many(() => randomBase36(systemRandom, 16))).toBe(1000);
  });

  test('compare whole, whatever their lengths', () => {
    expect(sameText('abc', 'abc')).toBe(true);
    for (const [a, b] of [
      ['abc', 'abd'],
      ['abc', 'ab'],
      ['', 'a'],
      ['é', 'e\u0301'],
    ] as const)
      expect(sameText(a, b)).toBe(false);
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('chance', () => {
  test('gives every character of its alphabet, about equally often', () => {
    const text = randomBase62(systemRandom, 62_000);
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(800);
      expect(count).toBeLessThan(1200);
    }
    expect(randomHex(systemRandom, 8)).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe('addresses', () => {
  test('mapped into IPv6 are IPv4', () => {
    expect(plainAddress('::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(plainAddress('::FFFF:10.0.0.1')).toBe('10.0.0.1');
    for (const form of [
      '::ffff:909:801',
      '0:0:0:0:0:ffff:9.9.8.1',
      '0000:0:0::0:FFFF:0909:0801',
      '::ffff:9.9.8.1%eth0',
    ])
      expect(plainAddress(form)).toBe('9.9.8.1');
    for (const form of [
      '2001:DB8::1',
      '2001:db8:0:0:0:0:0:1',
      '2001:0db8::0001',
      '2001:db8::1%eth0',
      '2001:db8::0.0.0.1',
    ])
      expect([plainAddress(form), networkOf(form)]).toEqual(['2001:db8::1', '2001:db8:0:0::/64']);
    for (const other of ['10.0.0.1', '::1', 'fd00::1', '::ffff:0:0:1', '']) expect(plainAddress(other)).toBe(other);
  });

  test('make ranges, and what is none is said', () => {
    const list = new BlockList();
    for (const range of ['10.0.0.0/8', '192.0.2.1', 'fd00::/8', '::1', '0.0.0.0/0']) addRange(list, range);
    for (const range of [
      '',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/',
      '10.0.0/8',
      '10.0.0.0/8/8',
      'fd00::/129',
      'localhost',
      '10.0.0.0/1.5',
      '10.0.0.0/x',
    ])
      expect(() => addRange(list, range)).toThrow('is no address or range');
  });
});

describe('errors', () => {
  test('bring their details into the sentence, and keep code and status with another sentence', () => {
    const kind = defineError<{ left: number }>({
      code: 'ERR_TEST',
      status: 409,
      message: ({ left }) => `${left ?? 'some'} left`,
    });
    expect(kind({ left: 3 })).toMatchObject({
      message: '3 left',
      errorCode: 'ERR_TEST',
      status: 409,
      details: { left: 3 },
    });
    expect(kind.sentence).toBe('some left');
    const other = kind.saying('Nothing left');
    expect(other({ left: 0 })).toMatchObject({ message: 'Nothing left', errorCode: 'ERR_TEST', details: { left: 0 } });
    expect(kind({ left: 1 })).not.toHaveProperty('code');
  });
});

describe('times', () => {
  test('are ISO 8601 in UTC', () => {
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
    // More than are remembered, and each a second time.
    for (let ms = 0; ms < 10_000; ms++)
      for (const at of [ms, ms - (ms % 3000)]) expect(isoTime(at)).toBe(new Date(at).toISOString());
    for (const none of [Number.NaN, 8.64e15 + 1]) expect(() => isoTime(none)).toThrow();
    expect([isoTimeOrNull(null), isoTimeOrNull(undefined), isoTimeOrNull(0)]).toEqual([null, null, isoTime(0)]);
  });
});

describe('the event bus', () => {
  test('tells listeners in the order of their coming, and one that fails harms nobody', async () => {
    const failed: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: (message) => void failed.push(message) };
    const bus = new EventBus<{ name: 'a' } | { name: 'b' }>(logger);
    const heard: string[] = [];
    bus.on('a', () => void heard.push('first'));
    bus.on('a', () => {
      throw new Error('at once');
    });
    bus.on('a', () => Promise.reject(new Error('later')));
    bus.on('a', () => void heard.push('last'));
    bus.on('b', () => void heard.push('b'));
    bus.dispatch({ name: 'a' });
    await Promise.resolve();
    await Promise.resolve();
    expect(heard).toEqual(['first', 'last']);
    expect(failed).toEqual(['event listener failed', 'event listener failed']);
  });
});

describe('the scheduler', () => {
  const alone = async (_: string, work: (lost: AbortSignal) => Promise<void>) => {
    await work(new AbortController().signal);
    return true;
  };

  test('runs a job on one node at a time, and on any of them when it is due again', async () => {
    const timers = new TestTimers();
    const oneAtATime = holding(new MemoryLeases(timers), timers, { ttlMs: 3000, renewMs: 1000 });
    const runs: { node: string; end: () => void }[] = [];
    const schedulers = ['first', 'second'].map((node) => {
      const scheduler = new Scheduler({ timers, logger: silentLogger, oneAtATime });
      const run = () => new Promise<void>((end) => void runs.push({ node, end }));
      scheduler.start([{ name: 'test', everyMs: 1000, run }]);
      return scheduler;
    });
    await timers.advance(20_000);
    expect(runs.map(({ node }) => node)).toEqual(['first']);
    runs[0]?.end();
    await timers.advance(1000);
    expect(runs).toHaveLength(2);
    const stopped = Promise.all(schedulers.map((scheduler) => scheduler.stop()));
    runs[1]?.end();
    await stopped;
  });

  test('runs a job again and again, never twice at a time, and tries again after a failure', async () => {
    const timers = new TestTimers();
    const failed: unknown[] = [];
    const logger = { ...silentLogger, error: (message: string) => void failed.push(message) };
    const scheduler = new Scheduler({ timers, logger, oneAtATime: alone });
    let runs = 0;
    let release: () => void = () => undefined;
    const job: Job = {
      name: 'test',
      everyMs: 1000,
      run: () => {
        runs++;
        if (runs === 2) return Promise.reject(new Error('no'));
        return runs === 3 ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
      },
    };
    scheduler.start([job]);
    await timers.advance(2500);
    expect([runs, failed]).toEqual([2, ['job failed']]);
    await timers.advance(10_000);
    expect(runs).toBe(3);
    release();
    await timers.advance(0);
    await timers.advance(1000);
    expect(runs).toBe(4);
    await scheduler.stop();
    await timers.advance(10_000);
    expect(runs).toBe(4);
  });

  test('stops only when what runs has ended', async () => {
    const timers = new TestTimers();
    const scheduler = new Scheduler({ timers, logger: silentLogger, oneAtATime: alone });
    let release: () => void = () => undefined;
    scheduler.start([{ name: 'slow', everyMs: 1, run: () => new Promise<void>((resolve) => (release = resolve)) }]);
    await timers.advance(1);
    let hasStopped = false;
    const stopped = scheduler.stop().then(() => {
      hasStopped = true;
    });
    await timers.advance(100);
    expect(hasStopped).toBe(false);
    release();
    await stopped;
    expect(hasStopped).toBe(true);
  });
});

describe('the logger', () => {
  const lines = (format: 'json' | 'text', level: 'debug' | 'warn') => {
    const written: string[] = [];
    const logger = createLogger({ level, format, now: () => 0, write: (line) => void written.push(line) });
    return { logger, written };
  };

  test('writes one line of JSON a record, errors with their stack', () => {
    const { logger, written } = lines('json', 'debug');
    logger.error('broken\nhere', { error: new Error('why\nso'), count: 1 });
    expect(written).toHaveLength(1);
    expect(written[0]?.trimEnd()).not.toContain('\n');
    const record = JSON.parse(written[0] ?? '');
    expect(record).toMatchObject({
      time: '1970-01-01T00:00:00.000Z',
      level: 'error',
      message: 'broken\nhere',
      count: 1,
    });
    expect(JSON.stringify(record)).toContain('why');
  });

  test('leaves out what is below its level', () => {
    const { logger, written } = lines('text', 'warn');
    logger.debug('no');
    logger.info('no');
    logger.warn('yes', { what: 'a b' });
    expect(written.join('')).toMatch(/WARN {2}yes what=/);
    expect(written).toHaveLength(1);
  });
});
