import { describe, expect, test } from 'bun:test';
import { createBeat } from '../../src/core/clock.ts';
import { SECOND_MS } from '../../src/core/durations.ts';
import { TestTimers } from '../support/test-timers.ts';
import { turn } from '../support/waiting.ts';

function opened() {
  const timers = new TestTimers();
  const done: string[] = [];
  return { timers, done, beat: createBeat({ timers }) };
}

describe('a beat', () => {
  test('comes a second after the first that waits for it, for all in one turn', async () => {
    const { timers, done, beat } = opened();
    beat.tell(() => {
      done.push('one');
      queueMicrotask(() => done.push('the turn goes on'));
      void turn().then(() => done.push('the next turn'));
    });
    await timers.advance(SECOND_MS - 1);
    beat.tell(() => void done.push('two'));
    expect(done).toEqual([]);
    await timers.advance(1);
    expect(done).toEqual(['one', 'two', 'the turn goes on', 'the next turn']);
  });

  test('tells once everything is written', async () => {
    const { timers, done, beat } = opened();
    const written = Promise.withResolvers<void>();
    beat.tell(() => void done.push('told'));
    beat.write(async () => {
      await written.promise;
      done.push('written');
    });
    await timers.advance(SECOND_MS);
    expect(done).toEqual([]);
    written.resolve();
    await timers.advance(0);
    expect(done).toEqual(['written', 'told']);
  });

  test('is a second from the next at least', async () => {
    const { timers, done, beat } = opened();
    beat.tell(() => {
      done.push('one');
      beat.tell(() => void done.push('two'));
    });
    await timers.advance(2 * SECOND_MS - 1);
    expect(done).toEqual(['one']);
    await timers.advance(1);
    expect(done).toEqual(['one', 'two']);
  });

  test('leaves out what was cancelled, also while others write', async () => {
    const { timers, done, beat } = opened();
    const cancel = beat.tell(() => void done.push('at first'));
    const cancelLate = beat.tell(() => void done.push('late'));
    beat.write(async () => cancelLate());
    beat.tell(() => void done.push('told'));
    cancel();
    await timers.advance(SECOND_MS);
    expect(done).toEqual(['told']);
  });
});
