import { describe, expect, test } from 'bun:test';
import type { StartRequest } from '../../src/ports/browser-engine.ts';
import { asking, browserPortal, cinema } from '../support/browser-house.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually } from '../support/waiting.ts';

const requestOf = (chatId: number): StartRequest => ({ chatId, browser: 'chromium', startUrl: null, kiosk: false });

/** A portal that has been restarted, with what `left` says of its chat. */
async function restarted(left: (chatId: number) => { request: StartRequest; isAdoptable?: boolean }[]) {
  const first = await cinema();
  const { chat, portal } = first;
  await portal.close({ keep: true });
  const engine = new ScriptedEngine();
  engine.left = left(chat.id);
  const second = await browserPortal({ engine, dataDir: portal.dataDir });
  return {
    engine,
    portal: second.portal,
    owner: asking(second.portal, chat.owner, chat),
    [Symbol.asyncDispose]: () => second.portal.close(),
  };
}

describe('a browser that outlived the server', () => {
  test('goes on in its chat', async () => {
    await using house = await restarted((chatId) => [{ request: requestOf(chatId) }]);
    await eventually(async () => (await house.owner.read()).status === 200);
    expect(house.engine.requests).toEqual([]);
    expect((await house.owner.start()).status).toBe(200);
    expect(house.engine.started.length).toBe(1);
    expect((await house.owner.stop()).status).toBe(200);
    expect(house.engine.alive).toEqual([]);
  });

  test('is started again where it cannot be taken over', async () => {
    await using house = await restarted((chatId) => [{ request: requestOf(chatId), isAdoptable: false }]);
    await eventually(async () => (await house.owner.read()).status === 200);
    expect(house.engine.requests.length).toBe(1);
  });

  test('ends when its chat has gone', async () => {
    await using house = await restarted((chatId) => [{ request: requestOf(chatId + 1) }]);
    await eventually(() => house.engine.ended.length === 1);
    expect(house.engine.started).toEqual([]);
  });

  test('is looked for again while the engine does not answer', async () => {
    const first = await cinema();
    await first.portal.close({ keep: true });
    const engine = new ScriptedEngine();
    engine.left = [{ request: requestOf(first.chat.id) }];
    engine.clearFailures = 1;
    const { portal } = await browserPortal({ engine, dataDir: first.portal.dataDir });
    expect(engine.started).toEqual([]);
    await portal.timers.advance(15_000);
    await eventually(() => engine.started.length === 1);
    await portal.close();
  });

  test('is not stopped by the end of the server', async () => {
    await using house = await cinema();
    house.engine.letsGo = true;
    await house.owner.start();
    await house.portal.close({ keep: true });
    expect(house.engine.alive.length).toBe(1);
  });
});
