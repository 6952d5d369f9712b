import { expect, test } from 'bun:test';
import { asking, browserPath, cinema } from '../support/browser-house.ts';
import { Chance } from '../support/fuzz.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';
import { eventually, turn } from '../support/waiting.ts';

const ROOMS = 6;
const MOST = 4;
const STEPS = 120;
const STORMS = 12;
const first = Number(process.env.SEED ?? 1);

/** An engine of which starts take their time, and go wrong now and then. */
class StormyEngine extends ScriptedEngine {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    super();
    this.#chance = chance;
  }

  override async start(...of: Parameters<ScriptedEngine['start']>): ReturnType<ScriptedEngine['start']> {
    for (let turns = this.#chance.below(6); turns > 0; turns--) await turn();
    if (this.#chance.below(8) === 0) this.failWith('bad luck');
    const browser = await super.start(...of);
    if (this.#chance.below(10) === 0) this.browser.crash();
    for (let turns = this.#chance.below(3); turns > 0; turns--) await turn();
    return browser;
  }
}

const isListed = async (portal: TestPortal, chat: { id: number; owner: { token: string } }): Promise<boolean> =>
  (await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`)).body.running === true;

test.each(Array.from({ length: STORMS }, (_, index) => first + index))(
  'whatever is started, stopped, crashed and deleted at once, what runs is what is listed (%i)',
  async (seed) => {
    const chance = new Chance(seed);
    const engine = new StormyEngine(chance);
    const portal = await testPortal({ engine, env: { PORTAL_BROWSER_MAX_RUNNING: String(MOST) } });
    const chats = await Promise.all(Array.from({ length: ROOMS }, () => portal.given.chat()));
    const asked: Promise<{ status: number }>[] = [];
    for (let step = 0; step < STEPS; step++) {
      const chat = chats[chance.below(ROOMS)] as (typeof chats)[number];
      const owner = asking(portal, chat.owner, chat);
      const what = chance.below(20);
      if (what < 9) asked.push(owner.start());
      else if (what < 14) asked.push(owner.stop());
      else if (what < 17) engine.alive[chance.below(engine.alive.length || 1)]?.crash();
      else if (what < 18) asked.push(owner.shot());
      else if (what < 19) await portal.timers.advance(chance.below(40_000));
      else if (step > STEPS / 2) asked.push(portal.as(chat.owner).post(browserPath(chat, 'delete')));
      for (let turns = chance.below(4); turns > 0; turns--) await turn();
      expect(portal.modules.running.count).toBeLessThanOrEqual(MOST);
    }
    const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
    expect([...statuses].filter((status) => ![200, 404, 409, 503].includes(status))).toEqual([]);
    // Restarts that wait for their second try.
    await eventually(async () => {
      await portal.timers.advance(1000);
      const listed = await Promise.all(chats.map((chat) => isListed(portal, chat)));
      const alive = chats.map(({ id }) => engine.alive.filter(({ request }) => request.chatId === id).length);
      return alive.every((count, index) => count === Number(listed[index]));
    });
    await portal.close();
    expect(engine.alive).toEqual([]);
  },
);

/** From the very moment on to some promises later. */
const MOMENTS = Array.from({ length: 8 }, (_, index) => index);

test.each(MOMENTS)('a stop in the moment when the start is through leaves nothing (%i)', async (moment) => {
  await using house = await cinema();
  const { engine, chat } = house;
  const { browsers, running } = house.portal.modules;
  const { promise: confirmed, resolve } = Promise.withResolvers<void>();
  const request = { chatId: chat.id, browser: 'chromium' as const, startUrl: null, kiosk: false };
  const starting = browsers.start(request, () => confirmed).catch(() => {});
  await eventually(() => engine.started.length === 1);
  resolve();
  for (let passed = 0; passed < moment; passed++) await undefined;
  await browsers.end(chat.id, 'stopped');
  await starting;
  await eventually(() => engine.alive.length === 0);
  expect(running.count).toBe(0);
});

test.each(MOMENTS)('a stop in the moment when a browser is back after a crash leaves nothing (%i)', async (moment) => {
  await using house = await cinema();
  const { engine, chat, owner } = house;
  const { browsers, running } = house.portal.modules;
  await owner.start();
  const letGo = engine.hold();
  engine.browser.crash();
  await engine.asked(2);
  letGo();
  for (let passed = 0; passed < moment; passed++) await undefined;
  await browsers.end(chat.id, 'stopped');
  await eventually(() => engine.started.length === 2 && engine.alive.length === 0);
  expect(running.count).toBe(0);
});

test('a browser that takes long to end holds up the next start for 15 seconds at most', async () => {
  await using house = await cinema();
  const { portal, engine, owner } = house;
  await owner.start();
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  engine.browser.held = held;
  const stopping = owner.stop();
  await eventually(() => portal.modules.running.count === 0);
  const starting = owner.start();
  let isAnswered = false;
  void starting.finally(() => {
    isAnswered = true;
  });
  await eventually(async () => {
    await portal.timers.advance(1000);
    return isAnswered;
  });
  expect(await starting).toMatchObject({ status: 503, body: { code: 'ERR_BROWSER_START_FAILED' } });
  letGo();
  expect(await stopping).toMatchObject({ status: 200 });
  expect(await owner.start()).toMatchObject({ status: 200 });
});
