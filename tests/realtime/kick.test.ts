import { describe, expect, test } from 'bun:test';
import { openEnvelope, parseEnvelope } from '../../src/client/index.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { eventually, turn } from '../support/waiting.ts';
import { type House, type Keyholder, openHouse, type Payload } from './house.ts';

const KICKED = /was kicked from the chat/;

/** A chat whose owner and two members are in the room and hold the key of epoch 1. */
async function room(house: House) {
  const chat = await house.given.chat();
  const [bob, carol] = [await house.given.member(chat), await house.given.member(chat)];
  const keyholders: Keyholder[] = [];
  for (const person of [chat.owner, bob, carol]) keyholders.push(await house.keyholder(person));
  const [ada, bobs, carols] = keyholders as [Keyholder, Keyholder, Keyholder];
  for (const one of keyholders) await one.join(chat.id);
  await ada.bring([bobs, carols]);
  return { chat, bob, carol, ada, bobs, carols };
}

const isFor = (recipients: Payload[], { session }: Keyholder) =>
  recipients.some(({ session_id }) => session_id === session.sessionId);

const kick = (by: { call: Keyholder['call'] }, chatId: number, userId: number, reason?: string) =>
  by.call('room:kick', { chat_id: chatId, user_id: userId, ...(reason ? { reason } : {}) });

describe('a kick', () => {
  test('moves the chat to a new epoch, drops the old blobs and asks one holder of the old key to make the new one', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, carols } = await room(house);
    for (const one of [ada, carols]) one.forget();
    expect(await kick(ada, chat.id, bob.id)).toEqual({ ok: true });
    const changed = { chat_id: chat.id, epoch: 2, reason: 'kick' };
    expect(await ada.heard('room:epoch_changed')).toEqual(changed);
    expect(await carols.heard('room:epoch_changed')).toEqual(changed);
    expect(await house.blobs()).toEqual([]);
    const asked = await ada.heard('portal:key_request');
    expect(asked).toMatchObject({ epoch: 2, generate: true });
    const named = asked.recipients.map(({ session_id }: Payload) => session_id);
    expect(named).toEqual([ada.session.sessionId, carols.session.sessionId]);
    await ada.answer(asked);
    carols.take(2, await carols.heard('portal:key_shared'));
    expect(carols.chatKeys.get(2)).toEqual(ada.chatKeys.get(2) as Uint8Array);
    expect(carols.all('portal:key_request')).toEqual([]);
    expect(await ada.heard('message:new', ({ content }) => KICKED.test(content))).toMatchObject({ type: 'system' });
    expect(ada.all('portal:key_removed')).toEqual([{ chat_id: chat.id, user_id: bob.id, session_id: bob.sessionId }]);
    expect(ada.all('room:members')).toMatchObject([{ left: [bob.id], count: 2 }]);
  });

  test('names the sessions that had the key, here or away, and none that never had it', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat({ visibility: 'public' });
    const bob = await house.given.person();
    const ada = await house.keyholder(chat.owner);
    await ada.join(chat.id);
    await ada.answer(await ada.heard('portal:key_request'));
    const bobs = await house.keyholder(bob);
    const away = await house.keyholder(await house.given.session(bob));
    for (const one of [bobs, away]) {
      await one.join(chat.id);
      await ada.answer(await ada.heard('portal:key_request', ({ recipients }) => isFor(recipients, one)));
      await one.heard('portal:key_shared');
    }
    await away.call('room:leave', { chat_id: chat.id });
    const elsewhere = await house.keyholder(await house.given.session(bob));

    await kick(ada, chat.id, bob.id);
    await ada.heard('room:members', ({ left }) => left.includes(bob.id));
    const named = ada.all('portal:key_removed').map(({ session_id }) => session_id);
    expect(named).toEqual([bob.sessionId, away.session.sessionId]);
    expect(named).not.toContain(elsewhere.session.sessionId);
  });

  test('is told to the one it puts out before anything else, on every tab; nothing of what follows is', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs, carols } = await room(house);
    const tab = await house.dial(bob);
    await tab.join(chat.id);
    const other = await house.keyholder(await house.given.session(bob));
    await other.join(chat.id);
    const theirs = [bobs, tab, other];
    for (const one of theirs) {
      await one.settled();
      one.forget();
    }
    await kick(ada, chat.id, bob.id, 'Spoilers');
    await ada.answer(await ada.heard('portal:key_request', ({ epoch }) => epoch === 2));
    carols.take(2, await carols.heard('portal:key_shared', ({ epoch }) => epoch === 2));
    await ada.call('message:typing', { chat_id: chat.id, typing: true });
    await ada.call('message:send', { chat_id: chat.id, content: ada.seal('among ourselves', 2) });
    await carols.heard('message:new', ({ epoch }) => epoch.endsWith('2'));
    for (const one of theirs) {
      await one.settled();
      const told = one.told.filter(({ payload }) => payload?.chat_id === chat.id);
      const by = { id: chat.owner.id, username: chat.owner.username, avatar_url: null };
      const kicked = { event: 'room:kicked', payload: { chat_id: chat.id, reason: 'Spoilers', banned: false, by } };
      // What their joins caused may still reach them before the kick.
      const late = ['chat:status', 'room:members', 'portal:key_added'];
      expect(told.slice(told.findIndex(({ event }) => event === 'room:kicked'))).toEqual([kicked]);
      expect(told.filter(({ event }) => !late.includes(event))).toEqual([kicked]);
      expect(one.socket.connected).toBe(true);
      for (const event of ['room:join', 'room:leave', 'message:typing', 'message:send', 'portal:key_share']) {
        const payload = { chat_id: chat.id, typing: true, content: bobs.seal('still here', 1), epoch: 2, keys: [] };
        const answer = await one.call(event, payload);
        expect(event === 'room:leave' ? answer.ok : !answer.ok).toBe(true);
      }
    }
    expect(await house.as(bob).get(`/v1/portal/chats/${chat.id}/history`)).toMatchObject({ status: 404 });
  });

  test('leaves the one put out unable to open what follows, were they given every sealed word', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs, carols } = await room(house);
    const said = await ada.call('message:send', { chat_id: chat.id, content: ada.seal('to all three', 1) });
    await kick(ada, chat.id, bob.id);
    await ada.answer(await ada.heard('portal:key_request', ({ epoch }) => epoch === 2));
    carols.take(2, await carols.heard('portal:key_shared', ({ epoch }) => epoch === 2));
    const sent = await ada.call('message:send', { chat_id: chat.id, content: ada.seal('to two', 2) });
    const { body } = await house.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history`);
    const contentOf = (id: string) => body.find((entry: Payload) => entry.id === id).content;
    const before = parseEnvelope(contentOf(said.id));
    const after = parseEnvelope(contentOf(sent.id));
    const old = bobs.chatKeys.get(1) as Uint8Array;
    expect(openEnvelope(before, old)).toBe('to all three');
    expect(openEnvelope(after, carols.chatKeys.get(2) as Uint8Array)).toBe('to two');
    expect(() => openEnvelope(after, old)).toThrow();
    // And the sealed keys are no way in either: none is for a session of theirs.
    const blobs = await house.blobs();
    expect(blobs.map(({ sessionId }) => sessionId)).not.toContain(bob.sessionId);
    for (const { blob } of blobs) {
      expect(() => bobs.take(2, { blob, sender_public_key: ada.keyPair.publicKey })).toThrow();
    }
  });

  test('refuses what is sealed for the old epoch, with the number of the new one', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, carols } = await room(house);
    await kick(ada, chat.id, bob.id);
    const refused = await carols.call('message:send', { chat_id: chat.id, content: carols.seal('too late', 1) });
    expect(refused).toMatchObject({ ok: false, code: 'ERR_EPOCH_MISMATCH', epoch: 2 });
    const keyless = await carols.call('message:send', { chat_id: chat.id, content: carols.seal('no key yet', 2) });
    expect(keyless).toMatchObject({ ok: false, code: 'ERR_NO_ROOM_KEY' });
    const { body } = await house.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history`);
    expect(body.filter(({ type }: Payload) => type === 'user')).toEqual([]);
  });

  test('costs the client library no message: what was refused is sealed and sent again by itself', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const [bob, carol] = [await house.given.member(chat), await house.given.member(chat)];
    const rooms = [];
    for (const person of [chat.owner, bob, carol]) rooms.push(await (await house.client(person)).join(chat.id));
    const [adas, bobs, carols] = rooms;
    if (!adas || !bobs || !carols) throw new Error('three rooms');
    for (const one of rooms) if (!one.hasKey) await one.next('key');

    const ended = bobs.next('ended');
    const sends = Array.from({ length: 10 }, (_, index) => carols.send(`through it all ${index}`));
    const kicked = house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
    const more = Array.from({ length: 10 }, (_, index) => carols.send(`and after ${index}`));
    const sent = await Promise.all([...sends, ...more]);
    expect((await kicked).status).toBe(200);
    expect(await ended).toMatchObject({ code: 'ERR_KICKED' });
    expect(new Set(sent).size).toBe(20);
    const last = await adas.send('all here?');
    const all = () => adas.messages.filter(({ type }) => type === 'user');
    if (!adas.messages.some(({ id }) => id === last)) await adas.next('message', ({ id }) => id === last);
    expect(all()).toHaveLength(21);
    expect(all().every(({ body }) => body !== null)).toBe(true);
    expect(new Set(all().map(({ epoch }) => epoch))).toContain(2);
    await expect(bobs.send('hello?')).rejects.toMatchObject({ code: 'ERR_KICKED' });
  });

  test('of two at once puts out two; there is one key in the end, and everybody left holds it', async () => {
    await using house = await openHouse();
    const { chat, bob, carol, ada } = await room(house);
    const last = await house.keyholder(await house.given.member(chat));
    await last.join(chat.id);
    ada.forget();
    await Promise.all([kick(ada, chat.id, bob.id), kick(ada, chat.id, carol.id)]);
    const asked = await ada.heard('portal:key_request', ({ epoch, generate }) => epoch === 3 && generate);
    expect(await ada.answer(asked)).toMatchObject({ ok: true, rejected: [] });
    last.take(3, await last.heard('portal:key_shared', ({ epoch }) => epoch === 3));
    expect(last.chatKeys.get(3)).toEqual(ada.chatKeys.get(3) as Uint8Array);
    expect(ada.all('portal:key_request').filter(({ generate }) => generate)).toHaveLength(1);
    const wanted = [ada.session.sessionId, last.session.sessionId];
    expect(new Set(await house.holders(chat.id, 3))).toEqual(new Set(wanted));
  });

  test('of one person by two moderators at once happens once', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    const admin = await house.given.admin();
    const [bySocket, byRest] = await Promise.all([
      kick(ada, chat.id, bob.id),
      house.as(admin).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id }),
    ]);
    expect([bySocket.ok, byRest.status === 200].filter(Boolean)).toHaveLength(1);
    await bobs.settled();
    expect(bobs.all('room:kicked')).toHaveLength(1);
    expect((await ada.join(chat.id)).epoch).toBe(2);
  });

  test('while a key is being handed out makes that worth nothing, and the next round starts by itself', async () => {
    await using house = await openHouse();
    const { chat, bob, ada } = await room(house);
    const late = await house.keyholder(await house.given.member(chat));
    ada.forget();
    await late.join(chat.id);
    const errand = await ada.heard('portal:key_request');
    await kick(ada, chat.id, bob.id);
    expect(await ada.answer(errand)).toMatchObject({ ok: false, code: 'ERR_EPOCH_MISMATCH', epoch: 2 });
    await ada.answer(await ada.heard('portal:key_request', ({ epoch }) => epoch === 2));
    late.take(2, await late.heard('portal:key_shared'));
    expect(late.all('portal:key_shared')).toHaveLength(1);
  });

  test('that races the joins of the one it puts out leaves them outside, a hundred times of a hundred', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.person();
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    const [first, second] = [await house.dial(bob), await house.dial(bob)];
    const { presence } = house.adapters;
    for (let round = 0; round < 100; round++) {
      await house.given.member(chat, bob);
      if (round % 2) await first.join(chat.id);
      const joins = [first.join(chat.id), second.join(chat.id)];
      if (round % 3) await turn();
      const put = kick(ada, chat.id, bob.id);
      const again = [first.join(chat.id), second.join(chat.id)];
      await Promise.all([...joins, put, ...again]);
      expect(await put).toEqual({ ok: true });
      expect(await presence.peopleIn(chat.id)).toEqual([personOfUser(chat.owner.id)]);
      await Promise.all([first.settled(), second.settled()]);
      first.forget();
      second.forget();
      house.realtime.publish(`chat:${chat.id}`, 'room:browser_recovering', { chat_id: chat.id });
      await Promise.all([first.settled(), second.settled()]);
      expect([...first.told, ...second.told].filter(({ payload }) => payload?.chat_id === chat.id)).toEqual([]);
    }
    // What the room was told in the end is that they are gone.
    const last = () => ada.all('room:members').at(-1) as Payload;
    await eventually(() => last().count === 1 && last().joined.length === 0, { found: last });
  });

  test('works on a member who is not there, and ends their membership', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    bobs.socket.disconnect();
    await ada.heard('room:members', ({ left }) => left.includes(bob.id));
    expect(await kick(ada, chat.id, bob.id)).toEqual({ ok: true });
    expect(await (await house.dial(bob)).join(chat.id)).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await ada.heard('room:epoch_changed')).toMatchObject({ epoch: 2 });
  });

  test('does not close the door: with a new invite they are back, announced and with the new key', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    await kick(ada, chat.id, bob.id);
    await ada.answer(await ada.heard('portal:key_request', ({ epoch }) => epoch === 2));
    const { body } = await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/invites`, {});
    ada.forget();
    await house.as(bob).post(`/v1/portal/resolve/${body.code}`);
    expect(await ada.heard('message:new')).toMatchObject({ content: `${bob.username} joined the chat` });
    await bobs.join(chat.id);
    await ada.answer(await ada.heard('portal:key_request'));
    bobs.take(2, await bobs.heard('portal:key_shared', ({ epoch }) => epoch === 2));
    expect(bobs.chatKeys.get(2)).toEqual(ada.chatKeys.get(2) as Uint8Array);
  });
});

describe('who may kick whom, over the socket', () => {
  test.each([
    ['the owner', 'a member', { ok: true }],
    ['the owner', 'themselves', { code: 'ERR_SELF_ACTION' }],
    ['the owner', 'an Admin in the room', { code: 'ERR_FORBIDDEN' }],
    ['the owner', 'an outsider', { code: 'ERR_NOT_FOUND' }],
    ['the owner', 'nobody', { code: 'ERR_NOT_FOUND' }],
    ['a member', 'a member', { code: 'ERR_FORBIDDEN' }],
    ['a member', 'the owner', { code: 'ERR_FORBIDDEN' }],
    ['an outsider', 'a member', { code: 'ERR_NOT_FOUND' }],
    ['a Moderator', 'a member', { code: 'ERR_NOT_FOUND' }],
    ['an Admin', 'a member', { ok: true }],
    ['an Admin', 'the owner', { ok: true }],
    ['an Owner', 'an Admin in the room', { ok: true }],
  ] as const)('%s on %s', async (who, whom, answer) => {
    await using house = await openHouse();
    const { given } = house;
    const chat = await given.chat();
    const member = await given.member(chat);
    const admin = await given.admin();
    await (await house.dial(admin)).join(chat.id);
    const owner = await house.dial(chat.owner);
    await owner.join(chat.id);
    const people = {
      'the owner': chat.owner,
      'a member': await given.member(chat),
      'an outsider': await given.person(),
      'a Moderator': await given.moderator(),
      'an Admin': await given.admin(),
      'an Owner': await given.owner(),
    };
    const targets = {
      'a member': member.id,
      themselves: people[who].id,
      'the owner': chat.owner.id,
      'an Admin in the room': admin.id,
      'an outsider': people['an outsider'].id,
      nobody: 987_654,
    };
    const moderator = await house.dial(people[who]);
    expect(await kick(moderator, chat.id, targets[whom])).toMatchObject(
      'ok' in answer ? answer : { ok: false, ...answer },
    );
    expect((await owner.join(chat.id)).epoch ?? 1).toBe('ok' in answer ? 2 : 1);
  });

  test('a ban that makes no sense is refused, and no kick is given in its place', async () => {
    await using house = await openHouse();
    const { chat, bob, ada } = await room(house);
    for (const [field, wrong] of [
      ['ban', { ban: 'yes' }],
      ['duration', { ban: true, duration: -1 }],
      ['duration', { ban: true, duration: 2_592_001 }],
    ] as const) {
      const answer = await ada.call('room:kick', { chat_id: chat.id, user_id: bob.id, ...wrong });
      expect(answer).toMatchObject({ ok: false, code: 'ERR_VALIDATION', field });
    }
    expect(await house.adapters.presence.peopleIn(chat.id)).toContain(personOfUser(bob.id));
    expect(await ada.call('room:kick', { chat_id: chat.id, user_id: bob.id, ban: false })).toEqual({ ok: true });
    expect(await house.as(bob).get(`/v1/portal/chats/${chat.id}`)).toMatchObject({ body: { code: 'ERR_NOT_FOUND' } });
  });

  test('a kick over REST is the same', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, bobs } = await room(house);
    const { status, body } = await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/kick`, { user_id: bob.id });
    expect([status, body]).toEqual([200, { ok: true }]);
    expect(await bobs.heard('room:kicked')).toMatchObject({
      chat_id: chat.id,
      reason: null,
      banned: false,
      by: { id: chat.owner.id },
    });
    expect(await ada.heard('room:epoch_changed')).toMatchObject({ epoch: 2, reason: 'kick' });
  });
});
