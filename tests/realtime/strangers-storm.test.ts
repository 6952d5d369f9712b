import { expect, test } from 'bun:test';
import { PortalClient } from '../../src/client/index.ts';
import { refusalOf, roomUntil } from '../support/client-stage.ts';
import { type House, openHouse } from './house.ts';

const PEOPLE = 16;
const ROUNDS = 6;

async function stranger(house: House) {
  const publicKey = house.modules.publicKey.current();
  const { rest } = new PortalClient({ url: house.url, publicKey });
  await rest.auth.stranger();
  return house.client({ token: String(rest.token), sessionId: '' });
}

test('many who search, stop at any moment, talk and leave are left in no search and no chat, and all who talk have a key', async () => {
  await using house = await openHouse({ env: { PORTAL_LIMITS: 'off' } });
  const clients = await Promise.all(Array.from({ length: PEOPLE }, () => stranger(house)));
  const end = new AbortController();
  let searching = PEOPLE;
  const outcomes = { stopped: 0, talked: 0, keyless: 0 };

  async function round(client: PortalClient, number: number): Promise<void> {
    const stop = new AbortController();
    const finding = client.match.find([`tag${number % 2}`, 'music'], {
      signal: AbortSignal.any([stop.signal, end.signal]),
    });
    // By turns: stopped before the server has it, as soon as it has it, and not at all.
    if (number % 3 === 0) stop.abort();
    const off = client.match.on('state', ({ state }) => {
      if (number % 3 === 1 && state === 'searching') stop.abort();
    });
    const room = await finding.catch(() => undefined);
    off();
    outcomes[room ? 'talked' : 'stopped'] += 1;
    if (!room) return;
    if (!room.hasKey && !room.isArchived) outcomes.keyless += 1;
    await room.send('hello').catch(() => {});
    await room.leave().catch(() => {});
    await room.close();
  }

  async function visit(client: PortalClient, place: number): Promise<void> {
    for (let number = 0; number < ROUNDS && !end.signal.aborted; number += 1) await round(client, number + place);
    searching -= 1;
    // The last ones have all met, and would have to wait to meet again.
    if (searching <= PEOPLE / 2) end.abort();
  }

  await Promise.all(clients.map(visit));
  expect(outcomes.keyless).toBe(0);
  expect(Math.min(outcomes.stopped, outcomes.talked)).toBeGreaterThan(0);
  for (const client of clients) {
    const { state, chats } = await client.match.status();
    expect([state, chats.filter(({ archived }) => !archived), client.rooms]).toEqual(['idle', [], []]);
  }
});

test('two of whom one has reported the other do not meet again, and the one reported cannot tell', async () => {
  await using house = await openHouse();
  const [ada, bob, carol] = [await stranger(house), await stranger(house), await stranger(house)];
  const queued = ada.match.next('state', ({ state }) => state === 'searching');
  const waiting = ada.match.find(['music']);
  await queued;
  const atBob = await bob.match.find(['music']);
  const atAda = await waiting;
  const told: unknown[] = [];
  for (const name of ['archived', 'peerLeft', 'message', 'ended'] as const)
    atBob.on(name, (payload) => told.push(payload));
  await atAda.report('rude');
  await atAda.report('rude, twice');
  expect((await bob.match.status()).chats).toHaveLength(1);
  expect(told).toEqual([]);
  await atAda.leave();
  await roomUntil(atBob, () => atBob.isArchived);

  const search = async (client: PortalClient) => {
    const inQueue = client.match.next('state', ({ state }) => state === 'searching');
    const found = client.match.find(['music']);
    await inQueue;
    return { found };
  };
  const bobs = await search(bob);
  const adas = await search(ada);
  const atCarol = await carol.match.find(['music']);
  expect((await bobs.found).chatId).toBe(atCarol.chatId);
  expect(ada.match.isSearching).toBe(true);
  ada.close();
  await refusalOf(adas.found);
});
