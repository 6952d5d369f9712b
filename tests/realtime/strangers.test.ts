import { describe, expect, test } from 'bun:test';
import type { DomainEvent } from '../../src/core/events.ts';
import { personOfStranger, personOfUser } from '../../src/core/principal.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse } from './house.ts';

/** What the server told of people who come and go. */
function connections({ events }: House): DomainEvent[] {
  const told: DomainEvent[] = [];
  events.on('person.connected', (event) => void told.push(event));
  events.on('person.disconnected', (event) => void told.push(event));
  return told;
}

const soon = (told: DomainEvent[], count: number) => eventually(async () => told.length >= count);

describe('a stranger’s socket', () => {
  test('is let in, and hears announcements, yet nothing of chats and of what is done to their people', async () => {
    await using house = await openHouse({ realTime: false });
    const { given } = house;
    const chat = await given.chat({ visibility: 'public' });
    const [owner, target] = [await given.owner(), await given.person()];
    const [visitor, user] = [await house.dial(await given.stranger()), await house.dial(await given.person())];
    await (await house.dial(await given.person())).join(chat.id);
    await house.passUntil(user.heard('chat:status'));
    await house.as(owner).post('/v1/portal/hard-mute', { user_id: target.id });
    await user.heard('user:hard_muted');
    await house.as(owner).post('/v1/admin/notifications', { title: 'Movie night', body: 'Tonight.' });
    await user.heard('notification:new');
    const { body } = await house.as(owner).post('/v1/admin/announcements', { title: 'Hello', body: 'All of you.' });
    expect(await visitor.heard('announcement:new')).toEqual(body);
    expect(new Set(visitor.told.map(({ event }) => event))).toEqual(
      new Set(['connect', 'match:state', 'announcement:new']),
    );
  });

  test('may enter no room and send nothing there, and stays connected', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat({ visibility: 'public' });
    const visitor = await house.dial(await house.given.stranger());
    const refused = { ok: false, code: 'ERR_ACCOUNT_REQUIRED' };
    expect(await visitor.join(chat.id)).toMatchObject(refused);
    expect(await visitor.call('message:typing', { chat_id: chat.id, typing: true })).toMatchObject(refused);
    expect(await visitor.call('room:kick', { chat_id: chat.id, user_id: 1 })).toMatchObject(refused);
    expect(visitor.socket.connected).toBe(true);
  });

  test('is told when its session ends, and is not let in again', async () => {
    await using house = await openHouse();
    const stranger = await house.given.stranger();
    const visitor = await house.dial(stranger);
    await house.as(stranger).post('/v1/authentication/logout');
    expect(await visitor.heard('session:ended')).toEqual({ reason: 'logout' });
    await visitor.heard('disconnect');
    const refused = await house.knock({ token: stranger.token }).heard('connect_error');
    expect(refused.data.code).toBe('ERR_UNAUTHENTICATED');
  });
});

describe('who comes and goes', () => {
  test('is told with whether it is the first or last socket of the person and of the session', async () => {
    await using house = await openHouse();
    const told = connections(house);
    const ada = await house.given.person();
    const [here, phone] = [ada.sessionId, await house.given.session(ada)];
    const tabs = [await house.dial(ada), await house.dial(ada), await house.dial(phone)];
    for (const [at, tab] of tabs.entries()) {
      tab.socket.disconnect();
      await soon(told, tabs.length + at + 1);
    }
    const person = personOfUser(ada.id);
    const came = (sessionId: string, firstOfPerson: boolean, firstOfSession: boolean) =>
      ({ name: 'person.connected', person, sessionId, firstOfPerson, firstOfSession }) as const;
    const went = (sessionId: string, lastOfPerson: boolean, lastOfSession: boolean) =>
      ({ name: 'person.disconnected', person, sessionId, lastOfPerson, lastOfSession }) as const;
    expect(told).toEqual([
      came(here, true, true),
      came(here, false, false),
      came(phone.sessionId, false, true),
      went(here, false, false),
      went(here, false, true),
      went(phone.sessionId, true, true),
    ]);
  });

  test('is told of strangers by their session', async () => {
    await using house = await openHouse();
    const told = connections(house);
    const stranger = await house.given.stranger();
    (await house.dial(stranger)).socket.disconnect();
    await soon(told, 2);
    const { sessionId } = stranger;
    const who = { person: personOfStranger(sessionId), sessionId };
    expect(told).toEqual([
      { name: 'person.connected', ...who, firstOfPerson: true, firstOfSession: true } as DomainEvent,
      { name: 'person.disconnected', ...who, lastOfPerson: true, lastOfSession: true } as DomainEvent,
    ]);
  });

  test('is not told when the server stops: everybody will be back', async () => {
    await using house = await openHouse();
    const told = connections(house);
    const visitor = await house.dial(await house.given.stranger());
    await house.disconnect();
    await visitor.heard('disconnect');
    expect(told.map(({ name }) => name)).toEqual(['person.connected']);
  });
});
