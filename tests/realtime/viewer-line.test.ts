import { describe, expect, test } from 'bun:test';
import { asking } from '../support/browser-house.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Visitor } from './house.ts';
import { knock, type LineHouse, type LinePage, linePath, openLineHouse } from './line-house.ts';

const KEY_A_DOWN = Uint8Array.of(3, 0, 4, 0, 0, 0, 0x61);

/** A page's keys reach the screen. */
function types(house: LineHouse, page: LinePage): boolean {
  const before = house.neko.desktop.happened.length;
  house.neko.input(page.session, KEY_A_DOWN);
  const hasTyped = house.neko.desktop.happened.length > before;
  house.neko.desktop.resetKeys();
  return hasTyped;
}

describe('the upgrade', () => {
  test('asks for a session, an origin of this instance, and access to a chat whose browser is on', async () => {
    await using house = await openLineHouse({ visibility: 'public' });
    const { given, chat, url } = house;
    const cookie = (who: { token: string }) => ({ cookie: `psession=${who.token}`, origin: url });
    const [owner, eve] = [chat.owner, await given.person()];
    const closed = await given.chat();
    const off = await given.chat();
    await given.chatBan(chat, eve);
    const direct = await given.direct(owner, await given.person());
    const cases: [string, number, string | undefined, Record<string, string>, string?][] = [
      ['its owner', 101, undefined, cookie(owner)],
      ['a program, which names no origin', 101, undefined, { cookie: `psession=${owner.token}` }],
      ['a bearer', 101, undefined, { authorization: `Bearer ${owner.token}` }],
      ['nobody', 401, 'ERR_UNAUTHENTICATED', { origin: url }],
      ['nonsense', 401, 'ERR_UNAUTHENTICATED', { cookie: 'psession=nonsense', origin: url }],
      ['a foreign page', 403, 'ERR_ORIGIN', { ...cookie(owner), origin: 'https://evil.example' }],
      ['a page without an origin', 403, 'ERR_ORIGIN', { ...cookie(owner), origin: 'null' }],
      ['a name that begins alike', 403, 'ERR_ORIGIN', { ...cookie(owner), origin: `${url}.evil.example` }],
      ['a foreign page with a bearer', 403, 'ERR_ORIGIN', { authorization: `Bearer ${owner.token}`, origin: 'null' }],
      ['a stranger', 403, 'ERR_ACCOUNT_REQUIRED', cookie(await given.stranger())],
      ['someone who is banned', 403, 'ERR_CHAT_BANNED', cookie(eve)],
      ['someone without access', 404, 'ERR_NOT_FOUND', cookie(owner), linePath(closed.id)],
      ['a chat that is not there', 404, 'ERR_NOT_FOUND', cookie(owner), linePath(999_999)],
      ['a number that is none', 404, 'ERR_NOT_FOUND', cookie(owner), linePath('9999999999999999')],
      ['a browser that is off', 404, 'ERR_BROWSER_NOT_RUNNING', cookie(off.owner), linePath(off.id)],
      ['a direct chat', 409, 'ERR_DIRECT_CHAT', cookie(owner), linePath(direct.id)],
      ['another path', 404, 'ERR_NOT_FOUND', cookie(owner), `${linePath(chat.id)}/x`],
    ];
    for (const [who, status, code, headers, path] of cases) {
      const answer = await house.knock(headers, path);
      expect([who, answer.status, answer.code]).toEqual([who, status, code]);
    }
    const plain = await fetch(`${url}${linePath(chat.id)}`, { headers: cookie(owner) });
    expect([plain.status, plain.headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect((await fetch(`${url}${linePath(chat.id)}`, { method: 'POST', headers: cookie(owner) })).status).toBe(405);
    await eventually(() => house.lines() === 0);
    expect(house.neko.sessions.filter(({ id }) => id !== 'portal')).toEqual([]);
  });

  test('is refused over an engine whose pictures come over the chat’s socket, and its viewers still count', async () => {
    const engine = new ScriptedEngine();
    await using house = await openHouse({ engine, realTime: false });
    const chat = await house.given.chat();
    await asking(house, chat.owner, chat).start();
    const owner = await house.dial(chat.owner);
    await owner.join(chat.id);
    await owner.call('browser:watch', { chat_id: chat.id });
    await eventually(async () => {
      await house.timers.advance(1);
      return house.modules.watching.viewersOf(chat.id) === 1;
    });
    const answer = await knock(house.url, linePath(chat.id), { cookie: `psession=${chat.owner.token}` });
    expect(answer).toMatchObject({ status: 409, code: 'ERR_CONFLICT' });
    await house.timers.advance(700_000);
    expect(house.modules.browsers.isOn(chat.id)).toBe(true);
  });

  test('lets one person have ten lines, and open sixty a minute', async () => {
    await using house = await openLineHouse({ env: { PORTAL_LIMITS: 'on' } });
    const cookie = { cookie: `psession=${house.chat.owner.token}`, origin: house.url };
    const pages: LinePage[] = [];
    for (let n = 0; n < 10; n++) pages.push(await house.page(house.chat.owner));
    expect(await house.knock(cookie)).toMatchObject({ status: 429, code: 'ERR_RATE_LIMITED' });
    for (const page of pages) page.close();
    await eventually(() => house.lines() === 0);
    const answers: number[] = [];
    for (let n = 0; n < 60; n++) answers.push((await house.knock(cookie)).status);
    expect(answers[0]).toBe(101);
    expect(answers.at(-1)).toBe(429);
  });

  test('of those who show no session is counted by address', async () => {
    await using house = await openLineHouse({ env: { PORTAL_LIMITS: 'on' } });
    const answers: number[] = [];
    for (let n = 0; n < 40; n++) answers.push((await house.knock({ cookie: 'psession=nonsense' })).status);
    expect(answers[0]).toBe(401);
    expect(answers.at(-1)).toBe(429);
  });
});

describe('a line', () => {
  test.each([
    ['a message of 1 MB', (page: LinePage) => page.send('signal/answer', { sdp: 'x'.repeat(2 ** 20) }), 1009],
    ['bytes', (page: LinePage) => page.sendText(new Uint8Array([1, 2, 3])), 1003],
    [
      'a flood',
      (page: LinePage) => {
        for (let n = 0; n < 1300; n++) page.send('client/heartbeat');
      },
      1000,
    ],
  ])('is cut by %s, and leaves nothing over there', async (_what, misbehave, code) => {
    await using house = await openLineHouse();
    const page = await (await house.page(house.chat.owner)).watch(house.neko);
    misbehave(page);
    expect(await page.over()).toBe(code);
    await eventually(() => house.neko.sessions.every(({ id }) => id === 'portal'));
  });

  test('that is closed, or cut, leaves no member', async () => {
    await using house = await openLineHouse();
    const [one, other] = [await house.page(house.chat.owner), await house.page(house.chat.owner)];
    await one.watch(house.neko);
    one.close();
    other.cut();
    await eventually(() => house.neko.sessions.every(({ id }) => id === 'portal'));
    expect(house.lines()).toBe(0);
  });

  test('lives beside another of the same person, and each has a name of its own', async () => {
    await using house = await openLineHouse();
    const [laptop, phone] = [await house.page(house.chat.owner), await house.page(house.chat.owner)];
    for (const page of [laptop, phone]) await page.watch(house.neko);
    expect(laptop.session).not.toBe(phone.session);
    for (const page of [laptop, phone]) expect(page.session).toStartWith(`${house.chat.owner.id}.`);
    phone.close();
    await eventually(() => house.lines() === 1);
    expect(laptop.closed).toBeUndefined();
    expect(house.neko.session(laptop.session).state.is_watching).toBe(true);
  });

  test('shows where others point only where the chat says so, at once', async () => {
    await using house = await openLineHouse();
    const [ada, bob] = [await house.page(house.chat.owner), await house.page(await house.given.member(house.chat))];
    const move = Uint8Array.of(1, 0, 4, 0, 10, 0, 20);
    house.neko.input(bob.session, move);
    await eventually(() => house.neko.session(bob.session) !== undefined);
    const config = (inactive_cursors: boolean) =>
      house.as(house.chat.owner).post(`/v1/portal/chats/${house.chat.id}/config/update`, { inactive_cursors });
    expect((await config(true)).status).toBe(200);
    await eventually(() => {
      house.neko.input(bob.session, move);
      return ada.of('session/cursors').length > 0;
    });
    const [said] = ada.of('session/cursors') as unknown as { id: string; cursors: object[] }[][];
    expect(said?.[0]).toMatchObject({ id: bob.session, cursors: expect.arrayContaining([{ x: 10, y: 20 }]) });
    await config(false);
    const before = ada.of('session/cursors').length;
    house.neko.input(bob.session, move);
    ada.send('signal/request');
    await ada.hears('signal/provide');
    expect(ada.of('session/cursors').length - before).toBeLessThanOrEqual(1);
  });

  test('counts as a viewer, and a joined socket does not', async () => {
    await using house = await openLineHouse({ realTime: false });
    const socket = await house.dial(house.chat.owner);
    await socket.join(house.chat.id);
    await socket.call('browser:watch', { chat_id: house.chat.id });
    const page = await house.page(house.chat.owner);
    await eventually(() => house.lines() === 1);
    for (let minute = 0; minute < 11; minute++) await house.timers.leap(60_000);
    expect(house.modules.browsers.isOn(house.chat.id)).toBe(true);
    page.close();
    await eventually(() => house.lines() === 0);
    await house.timers.leap(605_000);
    await eventually(() => !house.modules.browsers.isOn(house.chat.id));
  });
});

describe('of those who watch,', () => {
  async function scene() {
    const house = await openLineHouse();
    const { chat } = house;
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/config/update`, { allow_control_requests: true });
    const bob = await house.given.member(chat);
    const [ada, bobs] = [await house.dial(chat.owner), await house.dial(bob)];
    for (const one of [ada, bobs]) await one.join(chat.id);
    const call = (who: Visitor, what: string, more: object = {}) =>
      who.call(`control:${what}`, { chat_id: chat.id, ...more });
    return { house, chat, bob, ada, bobs, call, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
  }

  test('only the one who has control types, and not longer than that', async () => {
    await using at = await scene();
    const { house, chat, bob, ada, bobs, call } = at;
    const [adas, bobPage] = [await house.page(chat.owner), await house.page(bob)];
    expect([types(house, adas), types(house, bobPage)]).toEqual([false, false]);
    await call(ada, 'take');
    await eventually(() => adas.drives);
    expect([types(house, adas), types(house, bobPage)]).toEqual([true, false]);
    await call(ada, 'grant', { user_id: bob.id });
    await eventually(() => bobPage.drives);
    expect([types(house, adas), types(house, bobPage)]).toEqual([false, true]);
    house.neko.input(bobPage.session, KEY_A_DOWN);
    await call(bobs, 'release');
    await eventually(() => !bobPage.drives);
    expect(house.neko.desktop.keysDown).toEqual([]);
    expect(types(house, bobPage)).toBe(false);
  });

  test('who has control drives from the page that opened, and from the one that is used', async () => {
    await using at = await scene();
    const { house, chat, ada, call } = at;
    await call(ada, 'take');
    const laptop = await house.page(chat.owner);
    await eventually(() => laptop.drives);
    const phone = await house.page(chat.owner);
    await phone.watch(house.neko);
    expect([laptop.drives, types(house, laptop), types(house, phone)]).toEqual([true, true, false]);
    house.neko.input(laptop.session, KEY_A_DOWN);
    phone.send('portal/input');
    await eventually(() => phone.drives);
    expect(house.neko.desktop.keysDown).toEqual([]);
    expect(types(house, laptop)).toBe(false);
    phone.close();
    await eventually(() => laptop.drives);
    expect(types(house, laptop)).toBe(true);
  });

  test('nobody drives by saying so', async () => {
    await using at = await scene();
    const { house, chat, bob, ada, call } = at;
    const [adas, bobPage] = [await house.page(chat.owner), await house.page(bob)];
    for (const event of ['portal/input', 'control/request', 'portal/input']) bobPage.send(event);
    await bobPage.watch(house.neko);
    expect(house.neko.room.hostId).toBe('');
    await call(ada, 'take');
    await eventually(() => adas.drives);
    bobPage.send('portal/input');
    bobPage.send('signal/request');
    await bobPage.hears('signal/provide', 2);
    expect([adas.drives, bobPage.drives]).toEqual([true, false]);
  });

  test('who changes the network has the mouse again on a new line', async () => {
    await using at = await scene();
    const { house, chat, ada, call } = at;
    await call(ada, 'take');
    const before = await house.page(chat.owner);
    await eventually(() => before.drives);
    const after = await house.page(chat.owner);
    before.cut();
    await eventually(() => after.drives);
    expect(types(house, after)).toBe(true);
  });

  test('who is put out while driving holds no key down', async () => {
    await using at = await scene();
    const { house, chat, bob, ada, call } = at;
    const page = await house.page(bob);
    await call(ada, 'grant', { user_id: bob.id });
    await eventually(() => page.drives);
    house.neko.input(page.session, KEY_A_DOWN);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
    await page.over();
    expect(house.neko.desktop.keysDown).toEqual([]);
    expect(house.neko.room.hostId).toBe('');
  });

  test('everybody is told when n.eko dies, comes back, and whoever had the mouse has it', async () => {
    await using at = await scene();
    const { house, chat, ada, bobs, call } = at;
    await call(ada, 'take');
    const page = await house.page(chat.owner);
    await eventually(() => page.drives);
    await house.neko.kill();
    expect(await page.hears('portal/ended')).toMatchObject({ code: 'lost', retry: true });
    await bobs.heard('room:browser_recovering');
    const again = await house.page(chat.owner);
    await bobs.heard('room:started');
    await eventually(() => again.drives);
    expect(types(house, again)).toBe(true);
    expect(house.modules.control.hostOf(chat.id)).toBe(chat.owner.id);
  });

  test('a third failure within ten minutes ends the browser, and pages do not come back', async () => {
    await using at = await scene();
    const { house, chat, bobs } = at;
    for (let round = 0; round < 3; round++) {
      const page = await house.page(chat.owner);
      await house.neko.kill();
      await page.over();
    }
    expect(await bobs.heard('room:stopped')).toMatchObject({ reason: 'failed' });
    await eventually(async () => (await house.knock({ cookie: `psession=${chat.owner.token}` })).status === 404);
  });

  test('a container that ends is replaced, and a line that waits is connected to the new one', async () => {
    await using at = await scene();
    const { house, chat, ada, call } = at;
    await call(ada, 'take');
    const page = await house.page(chat.owner);
    house.engine.rooms.at(-1)?.failed('The container has ended');
    expect(await page.hears('portal/ended')).toMatchObject({ retry: true });
    const again = await house.page(chat.owner);
    await eventually(() => again.drives);
    expect(house.engine.nekos.length).toBe(2);
    expect(types(house, again)).toBe(true);
  });
});
