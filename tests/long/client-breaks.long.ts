import { expect, test } from 'bun:test';
import type { ChatRoom } from '../../src/client/index.ts';
import { type House, openHouse, openWire } from '../realtime/house.ts';
import { type Chat, type Person, principalOf } from '../support/given.ts';
import { aMoment, eventually } from '../support/waiting.ts';

const CHATS = 45;
/** Of these, more is missed than a join brings. */
const BUSY = 5;
const BREAKS = 3;
const BETWEEN_MS = 20_000;
const DOWN_MS = 2000;

/** What is said in the chat while somebody is away; in a busy one, a lot. */
async function talk({ modules, database }: House, { id }: Chat, isBusy: boolean): Promise<void> {
  await database.units.run('given messages', async (unit) => {
    for (let at = 0; at < (isBusy ? 60 : 3); at += 1) await modules.messages.announce(unit, id, `message ${at}`);
  });
}

async function idsIn(house: House, chat: Chat): Promise<string[]> {
  const { items } = await house.modules.messages.history(principalOf(chat.owner), chat.id, { limit: 500 });
  return items.map(({ id }) => id);
}

const ids = (room: ChatRoom) => room.messages.map(({ id }) => id);

test(`${CHATS} chats live through ${BREAKS} breaks of the line in a minute, within the default limits`, async () => {
  await using house = await openHouse({ env: { PORTAL_LIMITS: 'on' } });
  using wire = await openWire(house.url);
  const eve: Person = await house.given.person();
  const chats: Chat[] = [];
  for (let at = 0; at < CHATS; at += 1) {
    const chat = await house.given.chat();
    await house.given.member(chat, eve);
    await talk(house, chat, false);
    chats.push(chat);
  }
  let requests = 0;
  let refused = 0;
  const client = await house.client(eve, {
    url: wire.url,
    timing: {},
    socket: { reconnectionDelay: 1000, reconnectionDelayMax: 5000 },
    async fetch(input, init) {
      requests += 1;
      const response = await fetch(input, init);
      if (response.status === 429) refused += 1;
      return response;
    },
  });
  const rooms = await Promise.all(chats.map(({ id }) => client.join(id)));
  const ended: string[] = [];
  for (const room of rooms) room.on('ended', ({ code }) => void ended.push(code));
  const atStart = requests;
  const began = Date.now();

  let back = Promise.resolve<unknown>(undefined);
  for (let at = 0; at < BREAKS; at += 1) {
    const down = client.next('disconnected');
    wire.cut();
    await down;
    for (const [place, chat] of chats.entries()) await talk(house, chat, place < BUSY);
    const [first] = await idsIn(house, chats[BUSY] as Chat);
    await house.as((chats[BUSY] as Chat).owner).post(`/v1/portal/chats/${chats[BUSY]?.id}/messages/delete`, {
      ids: [first],
    });
    await aMoment(DOWN_MS);
    back = client.next('resumed');
    wire.mend();
    if (at + 1 < BREAKS) await aMoment(BETWEEN_MS);
  }
  await back;
  for (const [place, chat] of chats.entries()) {
    const expected = await idsIn(house, chat);
    const room = rooms[place] as ChatRoom;
    await eventually(() => ids(room).length === expected.length, { found: () => [ids(room).length, expected.length] });
    expect(ids(room)).toEqual(expected);
  }
  const seconds = (Date.now() - began) / 1000;
  const calls = requests - atStart;
  console.log(
    `${CHATS} chats, ${BREAKS} breaks: all there ${seconds.toFixed(1)} s after the first; ${calls} requests, ${refused} refused, ` +
      `${(calls / seconds).toFixed(2)} a second; ${ended.length} rooms ended`,
  );
  expect(ended).toEqual([]);
  expect(calls).toBeLessThan(seconds);
}, 180_000);
