import { afterAll, beforeAll, expect, test } from 'bun:test';
import { openHouse } from '../realtime/house.ts';
import { asking, browserPath } from '../support/browser-house.ts';
import { requireChromium } from '../support/prerequisites.ts';
import { eventually } from '../support/waiting.ts';

const hasChromium = (await requireChromium()) !== undefined;

const page = (title: string, more = '') =>
  new Response(`<!doctype html><title>${title}</title><body style="background:teal"><h1>${title}</h1>${more}`, {
    headers: { 'content-type': 'text/html' },
  });

let site: ReturnType<typeof Bun.serve>;
let address: string;
beforeAll(() => {
  site = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch({ url }) {
      const { pathname } = new URL(url);
      if (pathname === '/alert')
        return page('Alert', '<script>onload = () => requestAnimationFrame(() => alert("Stop"))</script>');
      return page(pathname.slice(1) || 'Home');
    },
  });
  address = `http://127.0.0.1:${site.port}`;
});
afterAll(() => site.stop(true));

/** A chat with its owner and a member in the room, and the machine's own Chromium. */
async function cinema() {
  const host = `127.0.0.1:${site.port}`;
  const env = { PORTAL_BROWSER_ENGINE: 'local', PORTAL_BROWSER_ALLOW_HOSTS: host, PORTAL_BROWSER_SIZE: '640x360@30' };
  const house = await openHouse({ env });
  const chat = await house.given.chat();
  await house.as(chat.owner).post(browserPath(chat, 'config/update'), { browser_config: { start_url: `${address}/` } });
  const bob = await house.dial(await house.given.member(chat));
  await bob.join(chat.id);
  const at = () => house.modules.running.find(chat.id)?.page;
  return {
    house,
    chat,
    bob,
    ...asking(house, chat.owner, chat),
    /** The browser shows this page. */
    shows: (path: string) =>
      eventually(() => at()?.url === `${address}${path}` && at()?.loading === false, { found: at }),
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

/** What `GET …/screenshot` sends, as bytes. */
async function picture({ house, chat }: Awaited<ReturnType<typeof cinema>>, query = ''): Promise<Uint8Array> {
  const response = await house.fetch(
    new Request(`http://localhost${browserPath(chat, `screenshot${query}`)}`, {
      headers: { authorization: `Bearer ${chat.owner.token}` },
    }),
  );
  expect(response.status).toBe(200);
  return new Uint8Array(await response.arrayBuffer());
}

const isJpeg = (bytes: Uint8Array) =>
  bytes.length > 500 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes.at(-1) === 0xd9;

test.skipIf(!hasChromium)(
  'a browser starts, is seen, pasted into and led elsewhere, and stops',
  async () => {
    await using room = await cinema();
    expect(await room.start()).toMatchObject({ status: 200, body: { ok: true } });
    const started = await room.bob.heard('room:started');
    expect(started.browser).toMatchObject({ engine: 'local', width: 640, height: 360, frames: true });
    const steps = room.bob.all('room:browser_progress').map(({ step }) => step);
    expect(steps).toEqual(['create', 'boot', 'ready']);
    await room.shows('/');
    expect(isJpeg(await picture(room))).toBe(true);

    expect(await room.open(`${address}/next`)).toMatchObject({ status: 200 });
    await room.shows('/next');
    expect(await room.write('across 😀\nlines')).toMatchObject({ status: 200 });
    expect((await room.read()).body.text).toBe('across 😀\nlines');

    expect(await room.stop()).toMatchObject({ status: 200 });
    expect((await room.shot()).status).toBe(404);
    expect(await room.bob.heard('room:stopped')).toMatchObject({ reason: 'stopped' });

    // The next one knows nothing of the last.
    await room.start();
    await room.shows('/');
    expect((await room.read()).body.text).toBe('');
  },
  60_000,
);

test.skipIf(!hasChromium)(
  'a Chromium that is killed comes back at its last page, and the third time no more',
  async () => {
    await using room = await cinema();
    await room.start();
    await room.open(`${address}/scene`);
    await room.shows('/scene');
    for (const round of [1, 2, 3]) {
      const before = room.house.modules.running.find(room.chat.id)?.browser;
      killChromium();
      await eventually(
        () => room.bob.all(round < 3 ? 'room:browser_recovering' : 'room:stopped').length === (round < 3 ? round : 1),
      );
      if (round === 3) break;
      await eventually(() => {
        const { browser } = room.house.modules.running.find(room.chat.id) ?? {};
        return browser !== undefined && browser !== before;
      });
      await room.shows('/scene');
    }
    expect(room.bob.all('room:stopped')).toEqual([
      { chat_id: room.chat.id, reason: 'failed', error: 'The browser failed three times within ten minutes' },
    ]);
    expect((await room.shot()).status).toBe(404);
  },
  60_000,
);

test.skipIf(!hasChromium)(
  'a page that asks and gets no answer is seen as it was last, and led elsewhere all the same',
  async () => {
    await using room = await cinema();
    await room.start();
    await room.shows('/');
    expect(isJpeg(await picture(room))).toBe(true);
    void room.open(`${address}/alert`);
    await eventually(() => (room.house.modules.running.find(room.chat.id)?.dialogs.size ?? 0) === 1);
    await room.house.timers.advance(1000);
    expect(isJpeg(await picture(room))).toBe(true);
    expect(await room.open(`${address}/after`)).toMatchObject({ status: 200 });
    await room.shows('/after');
    expect(room.house.modules.running.find(room.chat.id)?.dialogs.size).toBe(0);
  },
  60_000,
);

/** Every Chromium of this process. */
function killChromium(): void {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'pid=,args=', '--ppid', String(process.pid)]);
  for (const line of stdout.toString().split('\n')) {
    const [pid] = /^\s*(\d+) .*--remote-debugging-pipe/.exec(line)?.slice(1) ?? [];
    if (pid) process.kill(Number(pid), 'SIGKILL');
  }
}
