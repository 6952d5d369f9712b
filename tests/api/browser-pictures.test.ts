import { describe, expect, test } from 'bun:test';
import type { Visibility } from '../../src/modules/chats/chats/chats.tables.ts';
import { asking, browserPath, browserPortal } from '../support/browser-house.ts';
import { eventually } from '../support/waiting.ts';

const JPEG = 'image/jpeg';

/** A chat whose browser runs. */
async function cinema(visibility: Visibility = 'official') {
  const { portal, engine } = await browserPortal();
  const chat = await portal.given.chat(visibility === 'private' ? {} : { visibility });
  const owner = asking(portal, chat.owner, chat);
  await owner.start();
  return { portal, engine, chat, ...owner, [Symbol.asyncDispose]: () => portal.close() };
}

describe('a screenshot', () => {
  test('is a JPEG of the whole picture that nobody may keep', async () => {
    await using house = await cinema();
    const { engine, shot } = house;
    const { status, headers } = await shot('?quality=55');
    expect({ status, type: headers.get('content-type'), kept: headers.get('cache-control') }).toEqual({
      status: 200,
      type: JPEG,
      kept: 'private, no-store',
    });
    expect(engine.browser.captures).toEqual([{ quality: 55, width: 1280 }]);
  });

  test.each(['0', '101', '-1', '80.5', 'best', ''])('of quality %p is refused', async (quality) => {
    await using house = await cinema();
    expect(await house.shot(`?quality=${quality}`)).toMatchObject({ status: 400, body: { field: 'quality' } });
    expect(house.engine.browser.captures).toEqual([]);
  });

  test('is taken once a second, however many ask', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    await portal.timers.advance(7000);
    await Promise.all(Array.from({ length: 20 }, () => shot()));
    expect(engine.browser.captures).toEqual([{ quality: 80, width: 1280 }]);
    for (const captures of [1, 2]) {
      await portal.timers.advance(999);
      await shot('?quality=10');
      expect(engine.browser.captures.length).toBe(captures);
      await portal.timers.advance(1);
      await shot('?quality=10');
      expect(engine.browser.captures.at(-1)).toEqual({ quality: 10, width: 1280 });
    }
    expect(engine.browser.captures.length).toBe(3);
  });

  test('of a page that does not answer is the last one, within 1.8 seconds', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    await shot();
    engine.browser.held = new Promise(() => {});
    await portal.timers.advance(5000);
    const before = portal.timers.pending;
    const asked = shot();
    await eventually(() => portal.timers.pending === before + 1);
    await portal.timers.advance(1799);
    expect(Bun.peek.status(asked)).toBe('pending');
    await portal.timers.advance(1);
    expect(await asked).toMatchObject({ status: 200 });
    expect(portal.timers.pending).toBe(before);
    engine.browser.held = undefined;
  });

  test('of a page that never answered is none, after 2.5 seconds', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    engine.browser.held = new Promise(() => {});
    const before = portal.timers.pending;
    const asked = shot();
    await eventually(() => portal.timers.pending === before + 1);
    await portal.timers.advance(2499);
    expect(Bun.peek.status(asked)).toBe('pending');
    await portal.timers.advance(1);
    expect(await asked).toMatchObject({ status: 503, body: { code: 'ERR_UNAVAILABLE' } });
    engine.browser.held = undefined;
  });

  test('that cannot be taken is the last one, or none', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    const { browser } = engine;
    browser.failure = 'no picture';
    expect(await shot()).toMatchObject({ status: 503, body: { code: 'ERR_UNAVAILABLE' } });
    browser.failure = undefined;
    expect((await shot()).status).toBe(200);
    browser.failure = 'no picture';
    await portal.timers.advance(1000);
    const before = portal.timers.pending;
    expect((await shot()).status).toBe(200);
    expect(portal.timers.pending).toBe(before);
  });

  test('of a browser that comes back from a crash is the last one meanwhile', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    await shot();
    const release = engine.hold();
    engine.browser.crash();
    await portal.timers.advance(5000);
    expect((await shot()).status).toBe(200);
    expect(await shot('?preview=1')).toMatchObject({ status: 503, body: { code: 'ERR_UNAVAILABLE' } });
    release();
    await eventually(() => engine.alive.length === 1);
    await portal.timers.advance(1000);
    await shot();
    expect(engine.browser.captures.length).toBe(1);
  });

  test('shows nothing of an earlier run', async () => {
    await using house = await cinema();
    const { engine, shot, stop, start } = house;
    await shot();
    await stop();
    expect((await shot()).status).toBe(404);
    await start();
    await shot();
    expect(engine.browser.captures.length).toBe(1);
  });
});

describe('a preview', () => {
  test('is small, and taken once in 20 seconds, however many look', async () => {
    await using house = await cinema();
    const { portal, engine, shot } = house;
    const viewers = await Promise.all(Array.from({ length: 5 }, () => portal.given.person()));
    const look = () => Promise.all(viewers.map((who) => asking(portal, who, house.chat).shot('?preview=1')));
    expect((await look()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await portal.timers.advance(19_999);
    await look();
    expect(engine.browser.captures).toEqual([{ quality: 60, width: 480 }]);
    await portal.timers.advance(1);
    await look();
    expect(engine.browser.captures.length).toBe(2);
    await shot();
    expect(engine.browser.captures.length).toBe(3);
  });

  test.each([
    ['official', undefined, 200],
    ['public', undefined, 403],
    ['private', undefined, 403],
    ['official', false, 403],
    ['public', true, 200],
    ['private', true, 200],
  ] as const)('of a chat that is %s, with the setting %p: %d', async (visibility, preview, status) => {
    await using house = await cinema(visibility);
    const { portal, chat, shot } = house;
    if (preview !== undefined)
      await portal.as(chat.owner).post(browserPath(chat, 'config/update'), { browser_config: { preview } });
    const { body } = await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`);
    expect(body.browser_config.preview).toBe(preview ?? visibility === 'official');
    const answer = await shot('?preview=1');
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('ERR_PREVIEW_OFF');
    expect((await shot('?preview=0')).status).toBe(200);
  });
});
