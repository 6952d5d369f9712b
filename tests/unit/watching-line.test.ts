import { describe, expect, test } from 'bun:test';
import { Line } from '../../src/modules/chats/watching/line.ts';
import { TestTimers } from '../support/test-timers.ts';

const KB = 1024;

function line() {
  const timers = new TestTimers();
  timers.jump(1_000_000);
  const one = new Line(() => timers.elapsed());
  let seq = 0;
  return {
    line: one,
    pass: (ms: number) => timers.jump(ms),
    send: (bytes = 1000) => one.sent(++seq, bytes),
    /** A frame goes and is seen after so long. */
    frame(tookMs: number, bytes = 1000): void {
      one.sent(++seq, bytes);
      timers.jump(tookMs);
      one.seen(seq);
    },
  };
}

describe('a line', () => {
  test('carries two frames that are not seen, and a third after one is', () => {
    const { line: one, send } = line();
    expect(one.hasRoom(1000, false)).toBe(true);
    send();
    expect(one.hasRoom(1000, false)).toBe(true);
    send();
    expect(one.hasRoom(1000, false)).toBe(false);
    one.seen(1);
    expect(one.hasRoom(1000, false)).toBe(true);
  });

  test('is judged by frames that were sent, and by no others', () => {
    const { line: one, send } = line();
    send();
    send();
    for (const seq of [0, 3, 99, -1, Number.MAX_SAFE_INTEGER]) one.seen(seq);
    expect(one.hasRoom(1000, false)).toBe(false);
    one.seen(2);
    one.seen(2);
    one.seen(1);
    expect(one.isIdle).toBe(true);
    send();
    send();
    expect(one.hasRoom(1000, false)).toBe(false);
  });

  test('gets no second frame while something has not left, or while large ones could clog it', () => {
    const { line: one, send, frame } = line();
    send(200 * KB);
    expect(one.hasRoom(10 * KB, true)).toBe(false);
    expect(one.hasRoom(100 * KB, false)).toBe(false);
    expect(one.hasRoom(56 * KB, false)).toBe(true);
    expect(one.hasRoom(56 * KB + 1, false)).toBe(false);
    one.seen(1);
    // However large, one goes once the line is known.
    expect(one.hasRoom(5000 * KB, true)).toBe(true);
    expect(one.width).toBe('full');
    // 200 kB in 20 ms: two of them are nothing.
    frame(20, 200 * KB);
    send(200 * KB);
    expect(one.hasRoom(200 * KB, false)).toBe(true);
  });

  test('begins with half the width when the first frame is large, until one was quick', () => {
    const { line: one, frame } = line();
    expect(one.hasRoom(256 * KB, false)).toBe(true);
    expect(one.width).toBe('full');
    expect(one.hasRoom(257 * KB, false)).toBe(true);
    expect(one.width).toBe('half');
    frame(130, 60 * KB);
    expect(one.width).toBe('half');
    frame(100, 60 * KB);
    expect(one.width).toBe('full');
    expect(one.hasRoom(2000 * KB, false)).toBe(true);
    expect(one.width).toBe('full');
    frame(501, 2000 * KB);
    for (let n = 0; n < 19; n++) frame(100);
    expect(one.width).toBe('half');
    frame(100);
    expect(one.width).toBe('full');
  });

  test('is slow once a frame takes more than half a second: frames of half the width, one at a time', () => {
    const { line: one, send, pass, frame } = line();
    frame(500);
    expect(one.width).toBe('full');
    frame(501);
    expect(one.width).toBe('half');
    send();
    expect(one.hasRoom(1000, false)).toBe(false);
    const other = line();
    other.send();
    other.pass(500);
    expect(other.line.hasRoom(1000, false)).toBe(true);
    expect(other.line.width).toBe('full');
    other.pass(1);
    expect(other.line.hasRoom(1000, false)).toBe(false);
    expect(other.line.width).toBe('half');
    pass(1);
  });

  test('gets full frames again after twenty quick ones, and after twice as many when that failed', () => {
    const { line: one, frame } = line();
    const quickUntilFull = () => {
      let count = 0;
      while (one.width === 'half') {
        frame(100);
        count++;
      }
      return count;
    };
    frame(600);
    for (let n = 0; n < 19; n++) frame(125);
    frame(126);
    expect(quickUntilFull()).toBe(20);
    const counts = Array.from({ length: 6 }, () => {
      frame(600);
      return quickUntilFull();
    });
    expect(counts).toEqual([40, 80, 160, 320, 320, 320]);
    for (let n = 0; n < 19; n++) frame(100);
    frame(600);
    expect(quickUntilFull()).toBe(320);
    for (let n = 0; n < 20; n++) frame(100);
    frame(600);
    expect(quickUntilFull()).toBe(20);
  });

  test('carries a still picture in full, however slow it was, if it is not large', () => {
    const { line: one, frame } = line();
    frame(600);
    one.tryAnew();
    expect(one.hasRoom(256 * KB, false)).toBe(true);
    expect(one.width).toBe('full');
    frame(2000, 256 * KB);
    expect(one.width).toBe('half');
    one.tryAnew();
    expect(one.hasRoom(257 * KB, false)).toBe(true);
    expect(one.width).toBe('half');
  });

  test('tells which frame was sent last', () => {
    const { line: one, send } = line();
    expect(one.newest).toBe(0);
    send();
    send();
    one.seen(1);
    expect(one.newest).toBe(2);
  });
});
