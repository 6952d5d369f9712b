import { expect, test } from 'bun:test';
import { io } from 'socket.io-client';
import { requireChromium } from '../support/prerequisites.ts';
import { openSlowWire } from '../support/slow-wire.ts';
import { eventually } from '../support/waiting.ts';
import { openHouse, type Payload, Visitor } from './house.ts';

const chromium = await requireChromium();
const LIMIT_MS = 60_000;
/** 1 Mbit/s. */
const SLOW = 125_000;

/** Noise that moves: some hundred kilobytes a picture. */
const MOVING = `<canvas id="c" width="1280" height="720"></canvas><script>
  const context = document.getElementById('c').getContext('2d');
  let at = 0;
  (function draw() {
    const noise = context.createImageData(1280, 60);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = Math.random() * 255;
    context.putImageData(noise, 0, (at += 7) % 600);
    requestAnimationFrame(draw);
  })();
</script>`;

/** Tells its server what is pressed. */
const KEYBOARD = `<body style="margin:0"><input id="i" style="width:100%;height:300px" autofocus><script>
  const tell = (what) => fetch('/told', { method: 'POST', body: what });
  for (const name of ['keydown', 'keyup', 'mousedown', 'mouseup', 'input'])
    addEventListener(name, (event) => tell([name, event.key ?? event.button ?? event.target.value].join(' ')), true);
  addEventListener('load', () => tell('loaded'));
</script>`;

/** A page on this machine, and what it told. */
function servePage(html: string) {
  const told: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      if (request.method === 'POST') told.push(await request.text());
      return new Response(request.method === 'POST' ? '' : html, { headers: { 'content-type': 'text/html' } });
    },
  });
  return { told, at: `127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true) };
}

/** A chat whose browser shows the page, with its owner and a member in the room. */
async function room(at: string) {
  const house = await openHouse({ env: { PORTAL_BROWSER_ENGINE: 'local', PORTAL_BROWSER_ALLOW_HOSTS: at } });
  const chat = await house.given.chat();
  const path = `/v1/portal/chats/${chat.id}`;
  const settings = { browser_config: { start_url: `http://${at}/` }, allow_control_requests: true };
  expect(await house.as(chat.owner).post(`${path}/config/update`, settings)).toMatchObject({ status: 200 });
  const bob = await house.given.member(chat);
  expect(await house.as(chat.owner).post(`${path}/start`)).toMatchObject({ status: 200 });
  const ada = await house.dial(chat.owner);
  await ada.join(chat.id);
  return { house, chat, bob, ada };
}

const watch = async (who: Visitor, chatId: number): Promise<void> => {
  who.socket.on('browser:frame', ({ seq }) => who.socket.emit('browser:seen', { chat_id: chatId, seq }));
  expect(await who.call('browser:watch', { chat_id: chatId })).toMatchObject({ ok: true, width: 1280, height: 720 });
};

test.skipIf(!chromium)(
  'on a line of 1 Mbit/s talk waits behind two pictures at most, which are small for that watcher alone',
  async () => {
    using page = servePage(MOVING);
    const { house, chat, bob, ada } = await room(page.at);
    await using _house = house;
    using wire = await openSlowWire(house.url, SLOW);
    const socket = io(wire.url, { auth: { token: bob.token }, transports: ['websocket'], forceNew: true });
    const bobs = new Visitor(socket, bob);
    await bobs.heard('connect');
    await bobs.join(chat.id);
    const pictures = (who: Visitor): Payload[] => who.all('browser:frame');
    await watch(ada, chat.id);
    await watch(bobs, chat.id);
    await eventually(() => pictures(bobs).filter(({ width }) => width === 640).length >= 3);
    for (let n = 0; n < 4; n++) {
      const before = pictures(bobs).length;
      const step = n % 2 === 0 ? 'take' : 'release';
      await ada.call(`control:${step}`, { chat_id: chat.id });
      await eventually(() => bobs.all('control:state').length > n);
      expect(pictures(bobs).length - before).toBeLessThanOrEqual(2);
    }
    await eventually(() => pictures(ada).filter(({ width }) => width === 1280).length >= 3);
    expect(pictures(ada).length).toBeGreaterThan(pictures(bobs).length);
    expect(bobs.socket.connected).toBe(true);
    socket.disconnect();
  },
  LIMIT_MS,
);

test.skipIf(!chromium)(
  'what the host types and clicks reaches the page, and what is held goes up with control',
  async () => {
    using page = servePage(KEYBOARD);
    const { house, chat, bob, ada } = await room(page.at);
    await using _house = house;
    await ada.call('control:take', { chat_id: chat.id });
    await watch(ada, chat.id);
    await ada.heard('browser:frame');
    const input = (who: Visitor, ...events: object[]) => who.call('browser:input', { chat_id: chat.id, events });
    const key = (name: string, down: boolean) => ({
      type: 'key',
      key: name,
      code: `Key${name.toUpperCase()}`,
      down,
      modifiers: 0,
    });
    const told = (what: string) => eventually(() => page.told.includes(what), { found: () => page.told });
    await told('loaded');
    const at = { x: 0.5, y: 0.1 };
    await input(ada, { type: 'move', ...at }, { type: 'down', ...at, button: 0 }, { type: 'up', ...at, button: 0 });
    await told('mouseup 0');
    await input(ada, { type: 'text', text: 'žluťoučký 🐎' });
    await told('input žluťoučký 🐎');
    await input(ada, key('a', true), { type: 'down', ...at, button: 0 });
    await told('keydown a');
    expect(page.told).not.toContain('keyup a');
    await ada.call('control:grant', { chat_id: chat.id, user_id: chat.owner.id });
    const bobs = await house.dial(bob);
    await bobs.join(chat.id);
    await ada.call('control:grant', { chat_id: chat.id, user_id: bob.id });
    await told('keyup a');
    await eventually(() => page.told.filter((one) => one === 'mouseup 0').length === 2);
    expect(await input(ada, key('x', true))).toMatchObject({ code: 'ERR_NOT_HOST' });
    await input(bobs, key('b', true));
    await told('keydown b');
    bobs.socket.disconnect();
    await told('keyup b');
    expect(page.told).not.toContain('keydown x');
  },
  LIMIT_MS,
);
