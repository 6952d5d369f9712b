import { expect } from 'bun:test';
import { asking } from '../support/browser-house.ts';
import { requireDocker } from '../support/docker-daemon.ts';
import { containersAt, dockerSettings, somePorts } from '../support/docker-engine.ts';
import type { Chat } from '../support/given.ts';
import { type House, openHouse } from './house.ts';
import { LinePage } from './line-house.ts';

export const daemon = await requireDocker();
const PORTS = somePorts(8);

/** A server whose browsers are containers. */
export const dockerHouse = (dataDir?: string): Promise<House> =>
  openHouse({ env: dockerSettings(daemon, PORTS), ...(dataDir === undefined ? {} : { dataDir }) });

/** A chat whose browser is on. */
export async function running(house: House): Promise<Chat> {
  const chat = await house.given.chat();
  const answer = await asking(house, chat.owner, chat).start();
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return chat;
}

export const open = (house: House, chat: Chat, who: { token: string } = chat.owner) =>
  new LinePage(house.url, chat.id, who).opened();

/** The containers of these servers. */
async function containers() {
  return daemon ? (await containersAt(daemon, PORTS)).map(({ Id }) => Id) : [];
}

/** Its offer is there: n.eko has a picture for this page. */
export async function offered(page: LinePage): Promise<Record<string, unknown>> {
  page.send('signal/request', { video: {}, audio: {} });
  return page.hears('signal/provide');
}

/** A container dies, or stands still, and people are back before another one. */
export async function comesBackAfter(harm: 'kill' | 'pause'): Promise<void> {
  await using house = await dockerHouse();
  const chat = await running(house);
  const socket = await house.dial(chat.owner);
  await socket.join(chat.id);
  const page = await open(house, chat);
  await offered(page);
  const [id = ''] = await containers();
  await daemon?.docker.getContainer(id)[harm]();
  expect(await page.hears('portal/ended')).toMatchObject({ retry: true });
  await socket.heard('room:browser_recovering');
  await socket.heard('room:started');
  const [now = ''] = await containers();
  expect(now).not.toBe(id);
  await offered(await open(house, chat));
  expect(socket.all('room:stopped')).toEqual([]);
  await asking(house, chat.owner, chat).stop();
  expect(await containers()).toEqual([]);
}
