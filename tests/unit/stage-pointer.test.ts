import { describe, expect, test } from 'bun:test';
import { Latency } from '../../src/web/stage/latency.ts';
import { Mouse, placeIn, wheelDistance } from '../../src/web/stage/mouse.ts';
import { Outbox } from '../../src/web/stage/outbox.ts';
import { Touch } from '../../src/web/stage/touch.ts';

const BOX = { left: 100, top: 50, width: 800, height: 450 };
const finger = (clientX: number, clientY: number) => ({
  clientX,
  clientY,
  place: placeIn(BOX, { clientX, clientY }),
});

describe('a place in the picture', () => {
  test('is a fraction of the picture’s own box, and at its edge for what is beyond', () => {
    expect(placeIn(BOX, { clientX: 500, clientY: 275 })).toEqual({ x: 0.5, y: 0.5 });
    expect(placeIn(BOX, { clientX: -999, clientY: 9999 })).toEqual({ x: 0, y: 1 });
    expect(placeIn({ left: 0, top: 0, width: 0, height: 0 }, { clientX: 5, clientY: 5 })).toEqual({ x: 0, y: 0 });
  });
});

describe('a mouse', () => {
  test('moves, presses and lets go where it is', () => {
    const mouse = new Mouse();
    expect(mouse.at({ x: 0.5, y: 0.5 }, 0)).toEqual([{ type: 'move', x: 0.5, y: 0.5 }]);
    expect(mouse.at({ x: 0.5, y: 0.5 }, 1)).toEqual([{ type: 'down', x: 0.5, y: 0.5, button: 0 }]);
    expect(mouse.at({ x: 0.6, y: 0.5 }, 0)).toEqual([
      { type: 'move', x: 0.6, y: 0.5 },
      { type: 'up', x: 0.6, y: 0.5, button: 0 },
    ]);
  });

  test('tells a second button that is pressed while the first is down', () => {
    const mouse = new Mouse();
    mouse.at({ x: 0, y: 0 }, 1);
    expect(mouse.at({ x: 0, y: 0 }, 1 | 2)).toEqual([{ type: 'down', x: 0, y: 0, button: 2 }]);
    expect(mouse.at({ x: 0, y: 0 }, 2 | 4)).toEqual([
      { type: 'up', x: 0, y: 0, button: 0 },
      { type: 'down', x: 0, y: 0, button: 1 },
    ]);
  });

  test('lets go of every button when it is lost, once', () => {
    const mouse = new Mouse();
    mouse.at({ x: 0.2, y: 0.3 }, 1 | 2);
    expect(mouse.release()).toEqual([
      { type: 'up', x: 0.2, y: 0.3, button: 0 },
      { type: 'up', x: 0.2, y: 0.3, button: 2 },
    ]);
    expect(mouse.release()).toEqual([]);
  });

  test('turns its wheel by pixels, lines or pages', () => {
    expect(wheelDistance({ deltaMode: 0, deltaX: 1, deltaY: -7 }, 600)).toEqual({ dx: 1, dy: -7 });
    expect(wheelDistance({ deltaMode: 1, deltaX: 0, deltaY: 3 }, 600)).toEqual({ dx: 0, dy: 48 });
    expect(wheelDistance({ deltaMode: 2, deltaX: 0, deltaY: 1 }, 600)).toEqual({ dx: 0, dy: 600 });
  });
});

describe('fingers', () => {
  test('tap: a click where the finger came down', () => {
    const touch = new Touch();
    expect(touch.down(1, finger(500, 275))).toEqual([]);
    expect(touch.move(1, finger(503, 276), 1)).toEqual([]);
    expect(touch.up(1)).toEqual([
      { type: 'move', x: 0.5, y: 0.5 },
      { type: 'down', x: 0.5, y: 0.5, button: 0 },
      { type: 'up', x: 0.5, y: 0.5, button: 0 },
    ]);
  });

  test('drag with one: pressed where it began, let go where it ends', () => {
    const touch = new Touch();
    touch.down(1, finger(100, 50));
    const began = touch.move(1, finger(500, 50), 1);
    expect(began.map(({ type }) => type)).toEqual(['move', 'down', 'move']);
    expect(began[1]).toMatchObject({ x: 0, y: 0 });
    expect(touch.up(1)).toEqual([{ type: 'up', x: 0.5, y: 0, button: 0 }]);
  });

  test('scroll with two, and click nothing, whichever goes first', () => {
    const touch = new Touch();
    touch.down(1, finger(400, 300));
    touch.down(2, finger(500, 300));
    touch.move(1, finger(400, 280), 2);
    expect(touch.move(2, finger(500, 280), 2)).toEqual([{ type: 'wheel', x: 0.5, y: 0.5111, dx: 0, dy: 20 }]);
    expect([...touch.up(1), ...touch.move(2, finger(700, 280), 1), ...touch.up(2)]).toEqual([]);
    touch.down(3, finger(500, 275));
    expect(touch.up(3).map(({ type }) => type)).toEqual(['move', 'down', 'up']);
  });

  test('end a drag when a second one comes', () => {
    const touch = new Touch();
    touch.down(1, finger(100, 50));
    touch.move(1, finger(300, 50), 1);
    expect(touch.down(2, finger(400, 50)).map(({ type }) => type)).toEqual(['up']);
  });

  test('rest for long: a click of the right button, and none of the left', () => {
    const touch = new Touch();
    touch.down(1, finger(500, 275));
    expect(touch.isPressed).toBe(true);
    expect(touch.hold().map((event) => 'button' in event && event.button)).toEqual([false, 2, 2]);
    expect(touch.up(1)).toEqual([]);
  });

  test('are let go of when the system takes them: a drag ends, a tap is none', () => {
    const touch = new Touch();
    touch.down(1, finger(500, 275));
    expect(touch.release()).toEqual([]);
    touch.down(1, finger(100, 50));
    touch.move(1, finger(300, 50), 1);
    expect(touch.release().map(({ type }) => type)).toEqual(['up']);
    expect(touch.up(1)).toEqual([]);
  });
});

describe('input on its way out', () => {
  test('holds the last of several moves, the sum of the wheel, and everything else in order', () => {
    const outbox = new Outbox();
    for (const x of [0.1, 0.2, 0.3]) expect(outbox.add({ type: 'move', x, y: 0 })).toBe(false);
    for (const dy of [10, 20]) outbox.add({ type: 'wheel', x: 0.3, y: 0, dx: 1, dy });
    expect(outbox.add({ type: 'text', text: 'a' })).toBe(true);
    outbox.add({ type: 'move', x: 0.4, y: 0 });
    expect(outbox.take()).toEqual([
      { type: 'move', x: 0.3, y: 0 },
      { type: 'wheel', x: 0.3, y: 0, dx: 2, dy: 30 },
      { type: 'text', text: 'a' },
      { type: 'move', x: 0.4, y: 0 },
    ]);
    expect(outbox.isEmpty).toBe(true);
  });
});

describe('the latency', () => {
  test('is the median from an input to the next picture, and slow if it is high for several', () => {
    const latency = new Latency();
    expect(latency.median).toBeUndefined();
    for (const taken of [300, 400, 500, 90, 600]) {
      latency.sent(1000);
      latency.sent(1050);
      latency.shown(1000 + taken);
      latency.shown(5000);
    }
    expect(latency.median).toBe(400);
    expect(latency.isSlow).toBe(true);
  });

  test('does not count a picture that came long after, for another reason', () => {
    const latency = new Latency();
    latency.sent(0);
    latency.shown(60_000);
    expect(latency.median).toBeUndefined();
  });
});
