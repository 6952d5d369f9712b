import { describe, expect, test } from 'bun:test';
import { asking } from '../support/browser-house.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { containersAt, somePorts } from '../support/docker-engine.ts';
import type { Chat } from '../support/given.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse } from './house.ts';
import { LinePage } from './line-house.ts';

const daemon = await requireDocker();
const PORTS = somePorts(8);

async function dockerHouse(dataDir?: string): Promise<House> {
  const env = {
    PORTAL_BROWSER_ENGINE: 'docker',
    PORTAL_BROWSER_DOCKER: daemon?.host ?? '',
    PORTAL_BROWSER_IMAGE: daemon?.image ?? '',
    PORTAL_BROWSER_PORTS: `${PORTS.first}-${PORTS.last}`,
    PORTAL_BROWSER_UNFENCED: 'on',
  };
  return openHouse({ env, ...(dataDir === undefined ? {} : { dataDir }) });
}

async function running(house: House): Promise<Chat> {
  const chat = await house.given.chat();
  const answer = await asking(house, chat.owner, chat).start();
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return chat;
}

const open = (house: House, chat: Chat, who: { token: string } = chat.owner) =>
  new LinePage(house.url, chat.id, who).opened();

/** The containers of this file's servers. */
async function containers() {
  return daemon ? (await containersAt(daemon, PORTS)).map(({ Id }) => Id) : [];
}

/** Its offer is there: n.eko has a picture for this page. */
async function offered(page: LinePage): Promise<Record<string, unknown>> {
  page.send('signal/request', { video: {}, audio: {} });
  return page.hears('signal/provide');
}

describe.skipIf(!daemon)('lines to a container', () => {
  test('bring an offer, let who has control drive, and end with a kick', async () => {
    await using house = await dockerHouse();
    const chat = await running(house);
    const bob = await house.given.member(chat);
    const [ada, bobPage] = [await open(house, chat), await open(house, chat, bob)];
    expect(await offered(ada)).toMatchObject({ sdp: expect.stringContaining('v=0'), iceservers: [] });
    await offered(bobPage);
    const socket = await house.dial(chat.owner);
    await socket.join(chat.id);
    await socket.call('control:take', { chat_id: chat.id });
    await eventually(() => ada.drives);
    expect(bobPage.drives).toBe(false);
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
    expect(await bobPage.over()).toBe(1000);
    expect(bobPage.ended).toMatchObject({ retry: false });
    expect(ada.closed).toBeUndefined();
    await asking(house, chat.owner, chat).stop();
  }, 60_000);

  test('are there again after a restart of the server', async () => {
    const first = await dockerHouse();
    const chat = await running(first);
    const before = await open(first, chat);
    await offered(before);
    await first.shutDown();
    await eventually(() => before.closed !== undefined);
    expect(before.ended).toMatchObject({ code: 'server', retry: true });
    await using second = await dockerHouse(first.dataDir);
    await eventually(() => second.modules.running.find(chat.id)?.browser !== undefined);
    const after = await open(second, chat);
    expect(await offered(after)).toMatchObject({ sdp: expect.stringContaining('v=0') });
    await asking(second, chat.owner, chat).stop();
  }, 60_000);

  test('come back after a container that was killed, and after one that stands still', async () => {
    await using house = await dockerHouse();
    const chat = await running(house);
    const socket = await house.dial(chat.owner);
    await socket.join(chat.id);
    for (const harm of ['kill', 'pause'] as const) {
      const page = await open(house, chat);
      await offered(page);
      const [id = ''] = await containers();
      socket.forget();
      await daemon?.docker.getContainer(id)[harm]();
      expect(await page.hears('portal/ended')).toMatchObject({ retry: true });
      await socket.heard('room:browser_recovering');
      await socket.heard('room:started');
      const [now = ''] = await containers();
      expect(now).not.toBe(id);
      await offered(await open(house, chat));
    }
    expect(socket.all('room:stopped')).toEqual([]);
    await asking(house, chat.owner, chat).stop();
    expect(await containers()).toEqual([]);
  }, 90_000);
});
