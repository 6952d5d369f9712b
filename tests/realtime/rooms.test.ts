import { describe, expect, test } from 'bun:test';
import { createKeyPair } from '../../src/client/index.ts';
import { SECOND_MS } from '../../src/core/durations.ts';
import { chatVisits } from '../../src/modules/chats/chats/chats.tables.ts';
import { eventually, turn } from '../support/waiting.ts';
import { openHouse, type Visitor } from './house.ts';

const contents = (visitor: Visitor) => visitor.all('message:new').map(({ content }) => content);

describe('coming in', () => {
  test('a join brings the chat, who is there with their keys, the epoch and the key', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.keyholder(chat.owner);
    expect(await ada.join(chat.id)).toMatchObject({
      ok: true,
      session_id: chat.owner.sessionId,
      chat: { id: chat.id, name: chat.name, chat_type: 'group', owner: { id: chat.owner.id } },
      members: [{ id: chat.owner.id, permission_level: 0, sessions: [{ public_key: ada.keyPair.publicKey }] }],
      count: 1,
      epoch: 1,
      key: null,
      browser: null,
      control: null,
      muted: null,
      online: true,
    });
    await ada.answer(await ada.heard('portal:key_request'));
    expect(await ada.join(chat.id)).toMatchObject({ key: { sender_public_key: ada.keyPair.publicKey } });
  });

  test.each([
    ['somebody else’s private chat', 'ERR_NOT_FOUND'],
    ['a chat that never was', 'ERR_NOT_FOUND'],
    ['a chat that was deleted', 'ERR_NOT_FOUND'],
    ['an open chat that bans the caller', 'ERR_CHAT_BANNED'],
    ['a private chat that bans the caller', 'ERR_NOT_FOUND'],
  ])('%s cannot be entered: nothing is heard of it', async (which, code) => {
    await using house = await openHouse();
    const { given } = house;
    const open = which.startsWith('an open');
    const chat = await given.chat(open ? { visibility: 'public' } : {});
    const mallory = await given.person();
    if (which.includes('private chat that')) await given.member(chat, mallory);
    if (which.includes('bans')) await given.chatBan(chat, mallory);
    if (which.includes('deleted')) await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/delete`);
    const visitor = await house.keyholder(mallory);
    const refused = await visitor.join(which.includes('never') ? 987_654 : chat.id);
    expect(refused).toMatchObject({ ok: false, code });
    expect(Object.keys(refused).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['code', 'error', 'ok']);
    if (!which.includes('deleted') && !which.includes('never')) {
      const owner = await house.dial(chat.owner);
      await owner.join(chat.id);
      await visitor.settled();
      expect(visitor.all('message:new')).toEqual([]);
    }
    expect(visitor.all('room:members')).toEqual([]);
    expect(visitor.all('portal:key_request')).toEqual([]);
  });

  test.each([
    [undefined],
    [null],
    [[]],
    ['7'],
    [{}],
    [{ chat_id: null }],
    [{ chat_id: '1' }],
    [{ chat_id: 0 }],
    [{ chat_id: -1 }],
    [{ chat_id: 1.5 }],
    [{ chat_id: 2 ** 60 }],
    [{ chat_id: { $gt: 0 } }],
  ])('a join with %j is refused, and the connection stays', async (payload) => {
    await using house = await openHouse();
    const visitor = await house.dial(await house.given.person());
    expect(await visitor.call('room:join', payload)).toMatchObject({ ok: false, code: 'ERR_VALIDATION' });
    expect(visitor.socket.connected).toBe(true);
  });

  test('without a session, banned or timed out: nobody is let in, and each hears why', async () => {
    await using house = await openHouse();
    const { given } = house;
    const banned = await given.person();
    await given.state(banned, 2);
    const timedOut = await given.person();
    await given.state(timedOut, 1, 60_000);
    const codeFor = async (auth: object) => (await house.knock(auth).heard('connect_error')).data.code;
    expect(await codeFor({})).toBe('ERR_UNAUTHENTICATED');
    expect(await codeFor({ token: 'made-up' })).toBe('ERR_UNAUTHENTICATED');
    expect(await codeFor({ token: banned.token })).toBe('ERR_BANNED');
    expect(await codeFor({ token: timedOut.token })).toBe('ERR_TIMED_OUT');
  });

  test('whoever is banned or timed out while connected is refused from then on', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.dial(chat.owner);
    await house.given.state(chat.owner, 1, 60_000);
    expect(await ada.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_TIMED_OUT', ttl: 60 });
    await house.given.state(chat.owner, 2);
    expect(await ada.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_BANNED' });
  });

  test('Admins may enter private chats; Moderators may not', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const admin = await house.dial(await house.given.admin());
    const moderator = await house.dial(await house.given.moderator());
    expect(await admin.join(chat.id)).toMatchObject({ ok: true });
    expect(await moderator.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_NOT_FOUND' });
  });
});

describe('who is told of comings and goings', () => {
  test('a first join is announced; further tabs and a return within 60 s are not, a later return is', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    const joined = `${bob.username} joined the chat`;
    const times = () => contents(ada).filter((content) => content === joined).length;

    const first = await house.dial(bob);
    await first.join(chat.id);
    const second = await house.dial(bob);
    await second.join(chat.id);
    await second.join(chat.id);
    await ada.settled();
    expect(times()).toBe(1);

    const leaves = async (visitor: Visitor) => {
      ada.forget();
      visitor.socket.disconnect();
      await ada.heard('room:members', ({ left }) => left.includes(bob.id));
    };
    first.socket.disconnect();
    await leaves(second);
    await house.timers.advance(59_000);
    const third = await house.dial(bob);
    await third.join(chat.id);
    await ada.settled();
    expect(times()).toBe(0);

    await leaves(third);
    await house.timers.advance(61_000);
    await (await house.dial(bob)).join(chat.id);
    await ada.heard('message:new', ({ content }) => content === joined);
    const { body } = await house.as(chat.owner).get(`/v1/portal/chats/${chat.id}/history`);
    expect(body.filter(({ content }: { content: string }) => content === joined)).toHaveLength(2);
  });

  test.each([
    [60_000, false],
    [60_001, true],
  ])('a return after %i ms: announced is %p', async (awayMs, isAnnounced) => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    const visitor = await house.dial(bob);
    await visitor.join(chat.id);
    await visitor.call('room:leave', { chat_id: chat.id });
    await ada.settled();
    ada.forget();
    await house.timers.advance(awayMs);
    await visitor.join(chat.id);
    await ada.settled();
    expect(contents(ada)).toEqual(isAnnounced ? [`${bob.username} joined the chat`] : []);
  });

  test('an invite and the join that follows are one announcement; in an open chat’s room a slug makes none', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat({ visibility: 'public', slug: 'cinema' });
    const { body } = await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/invites`, {});
    const [bob, carol] = [await house.given.person(), await house.given.person()];
    await house.as(bob).post(`/v1/portal/resolve/${body.code}`);
    const visitor = await house.dial(bob);
    await visitor.join(chat.id);
    await (await house.dial(carol)).join(chat.id);
    await house.as(carol).post('/v1/portal/resolve/cinema');
    const history = await house.as(bob).get(`/v1/portal/chats/${chat.id}/history`);
    expect(history.body.map(({ content }: { content: string }) => content)).toEqual([
      `${bob.username} joined the chat`,
      `${carol.username} joined the chat`,
    ]);
  });

  test('the room hears who came, with which sessions, and who left, with the count', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    await ada.heard('room:members');
    ada.forget();

    const first = await house.keyholder(bob);
    await first.join(chat.id);
    expect(await ada.heard('room:members')).toMatchObject({
      chat_id: chat.id,
      joined: [{ id: bob.id, sessions: [{ session_id: bob.sessionId, public_key: first.keyPair.publicKey }] }],
      left: [],
      count: 2,
    });
    expect(await ada.heard('portal:key_added')).toEqual({
      chat_id: chat.id,
      user_id: bob.id,
      session_id: bob.sessionId,
      public_key: first.keyPair.publicKey,
      signing_key: null,
    });

    ada.forget();
    const other = await house.given.session(bob);
    const second = await house.keyholder(other);
    await second.join(chat.id);
    const news = await ada.heard('room:members');
    expect(news.count).toBe(2);
    expect(news.joined[0].sessions.map((one: { session_id: string }) => one.session_id)).toEqual([
      bob.sessionId,
      other.sessionId,
    ]);

    ada.forget();
    await second.call('room:leave', { chat_id: chat.id });
    expect(await ada.heard('room:members')).toMatchObject({ joined: [{ id: bob.id, sessions: [{}] }], left: [] });
    ada.forget();
    first.socket.disconnect();
    expect(await ada.heard('room:members')).toEqual({ chat_id: chat.id, joined: [], left: [bob.id], count: 1 });
  });

  test('a key registered or replaced in the room is told to the room', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    await (await house.dial(bob)).join(chat.id);
    const { publicKey } = createKeyPair();
    await house.as(bob).post('/v1/portal/keys', { public_key: publicKey });
    expect(await ada.heard('portal:key_added')).toEqual({
      chat_id: chat.id,
      user_id: bob.id,
      session_id: bob.sessionId,
      public_key: publicKey,
      signing_key: null,
    });
  });

  test('how lively a chat is goes to whoever can see it: on connect the list, then changes, at most one a second', async () => {
    await using house = await openHouse({ realTime: false });
    const { given, timers } = house;
    const chat = await given.chat();
    const open = await given.chat({ visibility: 'public' });
    const member = await given.member(chat);
    const elsewhere = await house.dial(member);
    const outsider = await house.dial(await given.person());
    expect(await elsewhere.heard('chat:list')).toEqual([
      { chat_id: expect.any(Number), running: false, viewer_count: 0 },
      { chat_id: expect.any(Number), running: false, viewer_count: 0 },
    ]);
    expect(await outsider.heard('chat:list')).toEqual([{ chat_id: open.id, running: false, viewer_count: 0 }]);

    const owner = await house.dial(chat.owner);
    for (let round = 0; round < 5; round++) {
      await owner.join(chat.id);
      await owner.call('room:leave', { chat_id: chat.id });
    }
    await owner.join(chat.id);
    await (await house.dial(open.owner)).join(open.id);
    await timers.advance(SECOND_MS - 1);
    await Promise.all([elsewhere.settled(), outsider.settled()]);
    expect([...elsewhere.all('chat:status'), ...outsider.all('chat:status')]).toEqual([]);
    await timers.advance(1);
    expect(await elsewhere.heard('chat:status', ({ chat_id }) => chat_id === chat.id)).toEqual({
      chat_id: chat.id,
      running: false,
      viewer_count: 1,
    });
    await outsider.heard('chat:status', ({ chat_id }) => chat_id === open.id);
    expect(outsider.all('chat:status').map(({ chat_id }) => chat_id)).toEqual([open.id]);
    expect(elsewhere.all('chat:status').filter(({ chat_id }) => chat_id === chat.id)).toHaveLength(1);
  });

  test('who is writing is told to the others, not to the writer’s own tabs, once a second, and as it ends', async () => {
    await using house = await openHouse({ realTime: false });
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.dial(chat.owner);
    const writing = await house.dial(bob);
    const otherTab = await house.dial(bob);
    for (const visitor of [ada, writing, otherTab]) await visitor.join(chat.id);
    for (const typing of [true, false, true, false]) {
      expect(await writing.call('message:typing', { chat_id: chat.id, typing })).toEqual({ ok: true });
    }
    expect(await ada.heard('message:typing')).toEqual({ chat_id: chat.id, user_id: bob.id, typing: true });
    await ada.settled();
    expect(ada.all('message:typing')).toHaveLength(1);
    await house.timers.advance(SECOND_MS - 1);
    await ada.settled();
    expect(ada.all('message:typing')).toHaveLength(1);
    await house.timers.advance(1);
    await ada.heard('message:typing', ({ typing }) => !typing);
    expect(ada.all('message:typing')).toHaveLength(2);
    await Promise.all([writing.settled(), otherTab.settled()]);
    expect([...writing.all('message:typing'), ...otherTab.all('message:typing')]).toEqual([]);

    const outsider = await house.dial(await house.given.person());
    const refused = await outsider.call('message:typing', { chat_id: chat.id, typing: true });
    expect(refused).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
  });
});

describe('going', () => {
  test('leaving takes one socket out: it hears no more, the other tab does; membership stays', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.keyholder(chat.owner);
    const [leaving, staying] = [await house.dial(bob), await house.dial(bob)];
    await ada.join(chat.id);
    await ada.answer(await ada.heard('portal:key_request'));
    for (const visitor of [leaving, staying]) await visitor.join(chat.id);
    expect(await leaving.call('room:leave', { chat_id: chat.id })).toEqual({ ok: true });
    await leaving.settled();
    leaving.forget();
    const sent = await ada.call('message:send', { chat_id: chat.id, content: ada.seal('hello', 1) });
    expect(sent).toMatchObject({ ok: true });
    await staying.heard('message:new', ({ id }) => id === sent.id);
    await leaving.settled();
    expect(leaving.told.filter(({ event }) => event !== 'chat:status')).toEqual([]);
    expect(await leaving.join(chat.id)).toMatchObject({ ok: true });
    // Leaving a chat that one is not in is no fault.
    expect(await leaving.call('room:leave', { chat_id: 987_654 })).toEqual({ ok: true });
  });

  test('whoever joins and leaves in one breath is out', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const ada = await house.dial(chat.owner);
    for (let round = 0; round < 20; round++) {
      const joined = ada.join(chat.id);
      const left = ada.call('room:leave', { chat_id: chat.id });
      await Promise.all([joined, left]);
      expect(await house.adapters.presence.peopleIn(chat.id)).toEqual([]);
    }
  });

  test('whoever ends their membership is out of the room, with their keys; the owner cannot', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.keyholder(chat.owner);
    const leaver = await house.keyholder(bob);
    await ada.join(chat.id);
    await leaver.join(chat.id);
    await ada.bring([leaver]);
    expect(await house.as(bob).post(`/v1/portal/chats/${chat.id}/leave`)).toMatchObject({ status: 200 });
    await ada.heard('room:members', ({ left }) => left.includes(bob.id));
    expect(ada.all('portal:key_removed')).toEqual([{ chat_id: chat.id, user_id: bob.id, session_id: bob.sessionId }]);
    expect(await house.holders(chat.id, 1)).toEqual([chat.owner.sessionId]);
    leaver.forget();
    await ada.call('message:send', { chat_id: chat.id, content: ada.seal('gone?', 1) });
    await leaver.settled();
    expect(leaver.told).toEqual([]);
    expect(await leaver.join(chat.id)).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/leave`)).toMatchObject({ status: 409 });
  });

  test('a chat that is destroyed tells everyone in it, and is left by all', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const visitor = await house.dial(bob);
    await visitor.join(chat.id);
    const client = await house.client(chat.owner);
    const room = await client.join(chat.id);
    const ended = room.next('ended');
    await house.as(chat.owner).post(`/v1/portal/chats/${chat.id}/delete`);
    expect(await visitor.heard('room:destroyed')).toEqual({ chat_id: chat.id });
    expect(await ended).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await house.adapters.presence.peopleIn(chat.id)).toEqual([]);
    expect(await visitor.join(chat.id)).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(await house.as(bob).get(`/v1/portal/chats/${chat.id}/history`)).toMatchObject({ status: 404 });
  });

  test('a delete that meets joins leaves nobody behind in the room', async () => {
    await using house = await openHouse();
    const owner = await house.given.owner();
    const visitors = await Promise.all(Array.from({ length: 8 }, async () => house.dial(await house.given.admin())));
    for (let round = 0; round < 10; round++) {
      const chat = await house.given.chat({ owner: await house.given.premium() });
      const joins = visitors.map((visitor) => visitor.join(chat.id));
      await Promise.all([...joins, house.as(owner).post(`/v1/portal/chats/${chat.id}/delete`)]);
      expect(await house.adapters.presence.peopleIn(chat.id)).toEqual([]);
    }
  });

  test('a session that logs out ends its sockets and its keys, and the room hears of both', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const ada = await house.keyholder(chat.owner);
    await ada.join(chat.id);
    await ada.answer(await ada.heard('portal:key_request'));
    const client = await house.client(bob);
    const room = await client.join(chat.id);
    await ada.answer(await ada.heard('portal:key_request', ({ generate }) => !generate));
    if (!room.hasKey) await room.next('key');
    expect(await house.holders(chat.id, 1)).toContain(bob.sessionId);

    const tab = await house.dial(bob);
    const ended = client.next('ended');
    const roomEnded = room.next('ended');
    await house.as(bob).post('/v1/authentication/logout');
    expect(await tab.heard('session:ended')).toEqual({ reason: 'logout' });
    expect(await ended).toMatchObject({ reason: 'logout' });
    await roomEnded;
    await tab.heard('disconnect');
    expect(await ada.heard('portal:key_removed')).toEqual({
      chat_id: chat.id,
      user_id: bob.id,
      session_id: bob.sessionId,
    });
    expect(await ada.heard('room:members', ({ left }) => left.includes(bob.id))).toMatchObject({ count: 1 });
    expect(await house.holders(chat.id, 1)).toEqual([chat.owner.sessionId]);
    expect((await house.knock({ token: bob.token }).heard('connect_error')).data.code).toBe('ERR_UNAUTHENTICATED');
  });

  test('sockets that vanish in the middle of a join leave nobody in the room, and no visit open', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    for (let round = 0; round < 30; round++) {
      const visitor = await house.dial(chat.owner);
      visitor.socket.emit('room:join', { chat_id: chat.id });
      if (round % 2) await turn();
      visitor.socket.disconnect();
    }
    const { presence } = house.adapters;
    await eventually(() => house.transport.stats().sockets === 0);
    await eventually(async () => (await presence.peopleIn(chat.id)).length === 0 && house.database.units.pending === 0);
    const open = (await house.database.read.select().from(chatVisits)).filter(({ leftAt }) => leftAt === null);
    expect(open).toEqual([]);
  });
});
