import { describe, expect, test } from 'bun:test';
import { GATE_LIMITS } from '../../src/adapters/egress/limits.ts';
import { eventually, turn } from '../support/waiting.ts';
import { call, type Line, openStage, PUBLIC, type Stage, type TcpServer, tcpServer } from './stage.ts';

const names = { 'site.test': [PUBLIC] };

/** A tunnel, with both its ends. */
async function tunnel(stage: Stage, server: TcpServer): Promise<{ browser: Line; site: Line }> {
  const browser = call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
  const site = await server.next();
  await browser.until('established');
  browser.text = '';
  return { browser, site };
}

/** Until a number has not changed for some looks. */
async function atRest(read: () => number): Promise<void> {
  let last = Number.NaN;
  let quiet = 0;
  await eventually(() => {
    quiet = read() === last ? quiet + 1 : 0;
    last = read();
    return quiet > 50;
  });
}

const isEmpty = (stage: Stage) => eventually(() => stage.gate.connections === 0);

describe('a head', () => {
  test('may come byte by byte', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const browser = call(stage);
    for (const byte of `CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`) browser.send(byte);
    await browser.until('established');
  });

  test('that comes too slowly is refused, however steadily it comes', async () => {
    await using stage = await openStage({ names });
    const browser = call(stage);
    for (let passedMs = 0; passedMs <= GATE_LIMITS.headMs; passedMs += 1000) {
      browser.send('X');
      await eventually(() => stage.gate.connections === 1 || browser.isClosed || browser.hasEnded);
      await stage.timers.advance(1000);
    }
    expect(await browser.whole()).toStartWith('HTTP/1.1 408 Request Timeout\r\n');
    browser.socket.destroy();
    await isEmpty(stage);
  });

  test('that never begins ends in silence: browsers open connections in advance', async () => {
    await using stage = await openStage({ names });
    const browser = call(stage);
    await eventually(() => stage.gate.connections === 1);
    await stage.timers.advance(GATE_LIMITS.headMs);
    expect(await browser.whole()).toBe('');
    await isEmpty(stage);
    expect(stage.refused).toEqual([]);
  });

  test('may be as long as it may be', async () => {
    await using stage = await openStage({ names });
    const start = `GET http://other.test/ HTTP/1.1\r\n${stage.credential}\r\nA: `;
    for (const [length, status] of [
      [GATE_LIMITS.headBytes, 403],
      [GATE_LIMITS.headBytes + 1, 431],
    ] as const) {
      const browser = call(stage).send(`${start}${'b'.repeat(length - start.length)}\r\n\r\n`);
      expect(await browser.whole()).toStartWith(`HTTP/1.1 ${status} `);
      browser.socket.destroy();
    }
  });

  test.each([
    ['without an end', `GET http://site.test/${'a'.repeat(GATE_LIMITS.headBytes)}`],
    ['with an end', `GET http://site.test/${'a'.repeat(GATE_LIMITS.headBytes)} HTTP/1.1\r\n\r\n`],
    ['in many lines', `GET http://site.test/ HTTP/1.1\r\n${'A: b\r\n'.repeat(GATE_LIMITS.headBytes / 6)}`],
  ])('that is too long %s is refused', async (_what, text) => {
    await using stage = await openStage({ names });
    const browser = call(stage).send(text);
    expect(await browser.whole()).toStartWith('HTTP/1.1 431 Request Header Fields Too Large\r\n');
    browser.socket.destroy();
    await isEmpty(stage);
  });

  test('that breaks off leaves nothing behind', async () => {
    await using stage = await openStage({ names });
    const [ended, reset] = [call(stage).send('GET ht'), call(stage).send('GET ht')];
    await eventually(() => stage.gate.connections === 2);
    ended.socket.end();
    reset.socket.resetAndDestroy();
    await isEmpty(stage);
    expect([stage.timers.pending, stage.refused]).toEqual([0, []]);
  });
});

describe('waiting', () => {
  const ask = (stage: Stage) => call(stage).send(`CONNECT site.test:443 HTTP/1.1\r\n${stage.credential}\r\n\r\n`);

  test('for a name server ends', async () => {
    const never = () => new Promise<readonly string[]>(() => {});
    await using stage = await openStage({ names: { 'site.test': never } });
    const browser = ask(stage);
    await eventually(() => stage.looked.length === 1);
    await stage.timers.advance(10_000);
    expect(await browser.whole()).toStartWith('HTTP/1.1 504 Gateway Timeout\r\n');
  });

  test('for a server ends, also for one with many addresses', async () => {
    const many = Array.from({ length: 9 }, (_, index) => `93.184.215.${index}`);
    await using stage = await openStage({ names: { 'site.test': many }, behind: null });
    const browser = ask(stage);
    await eventually(() => stage.dialed.length === 1);
    await stage.timers.advance(GATE_LIMITS.connectMs);
    expect(await browser.whole()).toStartWith('HTTP/1.1 502 Bad Gateway\r\n');
    expect(stage.dialed).toHaveLength(3);
  });

  test('for an answer ends', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const browser = call(stage).send(`GET http://site.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    const site = await server.next();
    await site.until('\r\n\r\n');
    await stage.timers.leap(GATE_LIMITS.answerMs);
    await Promise.all([browser.whole(), site.whole()]);
    await isEmpty(stage);
  });

  test('for a browser to take its refusal ends', async () => {
    await using stage = await openStage({ names });
    const browser = call(stage).send('nonsense\r\n\r\n');
    await browser.until('400');
    await stage.timers.advance(GATE_LIMITS.refusalMs);
    await isEmpty(stage);
  });
});

describe('a browser that is torn off', () => {
  const firsts = ['GET http://site.test/ HTTP/1.1', 'CONNECT site.test:443 HTTP/1.1'];

  test.each(firsts)('while a name is looked up is connected to nothing: %s', async (first) => {
    await using server = await tcpServer();
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    await using stage = await openStage({ names: { 'site.test': () => promise }, behind: server.port });
    const browser = call(stage).send(`${first}\r\n${stage.credential}\r\n\r\n`);
    await eventually(() => stage.looked.length === 1);
    browser.socket.resetAndDestroy();
    await isEmpty(stage);
    resolve([PUBLIC]);
    await turn();
    expect(stage.dialed).toEqual([]);
    expect(stage.timers.pending).toBe(0);
  });

  test.each(firsts)('while a server is called leaves no connection to it: %s', async (first) => {
    await using server = await tcpServer();
    const { promise: held, resolve } = Promise.withResolvers<void>();
    await using stage = await openStage({ names, behind: server.port, held });
    const browser = call(stage).send(`${first}\r\n${stage.credential}\r\n\r\n`);
    await eventually(() => stage.dialed.length === 1);
    browser.socket.resetAndDestroy();
    await isEmpty(stage);
    resolve();
    const site = await server.next();
    await site.whole();
    expect(site.text).toBe('');
    expect(stage.timers.pending).toBe(0);
  });
});

describe('a tunnel', () => {
  test('lives as long as anything goes through it', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const { browser, site } = await tunnel(stage, server);
    for (const n of [1, 2, 3]) {
      await stage.timers.leap(GATE_LIMITS.idleMs - 1000);
      if (n % 2) site.send(String(n));
      else browser.send(String(n));
      await (n % 2 ? browser : site).until(String(n));
    }
    await stage.timers.leap(GATE_LIMITS.idleMs);
    await Promise.all([browser.whole(), site.whole()]);
    await isEmpty(stage);
    expect(stage.timers.pending).toBe(0);
  });

  test('of which one end has ended lives on for a while, whichever end that is', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    for (const side of ['browser', 'site'] as const) {
      const ends = await tunnel(stage, server);
      const [first, second] = side === 'browser' ? [ends.browser, ends.site] : [ends.site, ends.browser];
      first.socket.end();
      await second.whole();
      second.send('still here');
      await first.until('still here');
      await stage.timers.advance(GATE_LIMITS.halfOpenMs + 1000);
      await eventually(() => first.isClosed || first.hasEnded);
      await isEmpty(stage);
    }
  });

  test('ends at the other end as well when one is torn off', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    for (const side of ['browser', 'site'] as const) {
      const ends = await tunnel(stage, server);
      const [first, second] = side === 'browser' ? [ends.browser, ends.site] : [ends.site, ends.browser];
      first.socket.resetAndDestroy();
      await second.whole();
      await isEmpty(stage);
    }
    expect(stage.timers.pending).toBe(0);
  });

  test('holds up a sender whose receiver does not read, and loses nothing', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const { browser, site } = await tunnel(stage, server);
    const MIB = 1024 * 1024;
    for (const [from, to] of [
      [site, browser],
      [browser, site],
    ] as const) {
      to.socket.pause();
      const sent = 64;
      for (let n = 0; n < sent; n++) from.socket.write(Buffer.alloc(MIB, 'x'));
      await atRest(() => from.socket.writableLength);
      // The buffers of the system and of the gate are full, and the rest has stayed where it was.
      expect(from.socket.writableLength).toBeGreaterThan(32 * MIB);
      const total = to.text.length;
      let received = total;
      to.socket.removeAllListeners('data');
      to.socket.on('data', (chunk) => {
        received += chunk.length;
      });
      to.socket.resume();
      await eventually(() => received === sent * MIB, { found: () => received });
    }
  });
});

describe('the pace', () => {
  const limits = { bytesPerSecond: 4 * 1024 * 1024 };
  const most = 1024 * 1024;

  test('of a browser holds for all its connections together, and goes on with time', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port, limits });
    const tunnels = [await tunnel(stage, server), await tunnel(stage, server)];
    const size = 2 * most;
    for (const { site } of tunnels) site.send('x'.repeat(size));
    const received = () => tunnels.reduce((sum, { browser }) => sum + browser.text.length, 0);
    await atRest(received);
    // A quarter of a second at once, and what was under way.
    expect(received()).toBeGreaterThanOrEqual(most);
    expect(received()).toBeLessThan(most + 2 * 1024 * 1024);
    await eventually(async () => {
      await stage.timers.advance(100);
      return received() === 2 * size;
    });
    expect(stage.timers.elapsed()).toBeGreaterThanOrEqual(700);
  });

  test('does not push on those who do not read', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port, limits });
    const { browser, site } = await tunnel(stage, server);
    browser.socket.pause();
    for (let n = 0; n < 64; n++) site.socket.write(Buffer.alloc(most, 'x'));
    for (let seconds = 0; seconds < 60; seconds++) await stage.timers.advance(1000);
    await atRest(() => site.socket.writableLength);
    expect(site.socket.writableLength).toBeGreaterThan(32 * most);
  });

  test('holds for what it sends, and for plain requests', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port, limits });
    const size = 3 * most;
    const head = `POST http://site.test/ HTTP/1.1\r\n${stage.credential}\r\nContent-Length: ${size}\r\n\r\n`;
    const browser = call(stage).send(head + 'x'.repeat(size));
    const site = await server.next();
    await atRest(() => site.text.length);
    expect(site.text.length).toBeLessThan(size);
    await eventually(async () => {
      await stage.timers.advance(100);
      return site.text.length > size;
    });
    site.send(`HTTP/1.1 200 OK\r\n\r\n${'y'.repeat(size)}`).socket.end();
    await atRest(() => browser.text.length);
    expect(browser.text.length).toBeLessThan(size);
    await eventually(async () => {
      await stage.timers.advance(100);
      return browser.text.length > size && browser.hasEnded;
    });
  });
});

describe('an exchange', () => {
  const begin = async (stage: Stage, server: TcpServer) => {
    const browser = call(stage).send(`GET http://site.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    const site = await server.next();
    await site.until('\r\n\r\n');
    return { browser, site };
  };

  test('ends at the server when the browser does not want it any more', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const { browser, site } = await begin(stage, server);
      browser.socket[leave]();
      await site.whole();
      await isEmpty(stage);
    }
  });

  test('ends at the server also when the browser left while the name was looked up', async () => {
    await using server = await tcpServer();
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    await using stage = await openStage({ names: { 'site.test': () => promise }, behind: server.port });
    const browser = call(stage).send(`GET http://site.test/ HTTP/1.1\r\n${stage.credential}\r\n\r\n`);
    await eventually(() => stage.looked.length === 1);
    browser.socket.end();
    await eventually(() => browser.socket.writableFinished);
    resolve([PUBLIC]);
    await isEmpty(stage);
    for (const site of server.lines) await site.whole();
  });

  test('without an end goes on as long as it moves', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port });
    const { browser, site } = await begin(stage, server);
    site.send('HTTP/1.1 200 OK\r\n\r\n');
    for (const n of [1, 2, 3]) {
      site.send(`event ${n}`);
      await browser.until(`event ${n}`);
      await stage.timers.leap(GATE_LIMITS.idleMs - 1000);
    }
    await stage.timers.leap(GATE_LIMITS.idleMs);
    await Promise.all([browser.whole(), site.whole()]);
    await isEmpty(stage);
  });
});

describe('many connections', () => {
  test('beyond the limit are closed at once, and those within it go on', async () => {
    await using server = await tcpServer();
    await using stage = await openStage({ names, behind: server.port, limits: { connections: 20 } });
    const { browser, site } = await tunnel(stage, server);
    const crowd: Line[] = [];
    for (let wave = 0; wave < 50; wave++) {
      const lines = Array.from({ length: 100 }, () => call(stage));
      crowd.push(...lines);
      await eventually(() => crowd.filter((line) => !line.isClosed && !line.hasEnded).length <= 19);
    }
    expect(stage.gate.connections).toBe(20);
    site.send('still here');
    await browser.until('still here');
    for (const { socket } of crowd) socket.destroy();
    await eventually(() => stage.gate.connections === 1);
    const next = await tunnel(stage, server);
    next.site.send('and again');
    await next.browser.until('and again');
  });
});
