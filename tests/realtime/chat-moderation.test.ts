import { describe, expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { personOfUser } from '../../src/core/principal.ts';
import { pathOf } from '../support/chat-moderation.ts';
import { turn } from '../support/waiting.ts';
import { type House, openHouse, type Payload, type Visitor } from './house.ts';

/** A public chat with its owner and two others in the room, and one person connected but not in it. */
async function scene(house: House) {
  const chat = await house.given.chat({ visibility: 'public' });
  const [bob, carol, dan] = [
    await house.given.member(chat, await house.given.person({ username: 'bob' })),
    await house.given.member(chat),
    await house.given.person(),
  ];
  const [ada, victim, bystander, outsider] = [
    await house.dial(chat.owner),
    await house.dial(bob),
    await house.dial(carol),
    await house.dial(dan),
  ];
  for (const one of [ada, victim, bystander]) await one.join(chat.id);
  // Of who came last. An earlier one may count them already.
  const namesCarol = ({ joined }: Payload) => joined.some(({ id }: Payload) => id === carol.id);
  for (const one of [ada, victim, bystander]) await one.heard('room:members', namesCarol);
  for (const one of [ada, victim, bystander, outsider]) {
    await one.settled();
    one.forget();
  }
  return { chat, bob, carol, dan, ada, victim, bystander, outsider };
}

const shown = ({ id, username }: { id: number; username: string }) => ({ id, username, avatar_url: null });

/** `chat:status` comes at its own time, to everyone who can see the chat. */
const LIVELINESS = 'chat:status';

/** That exactly these events reached this socket, in whatever order. */
async function expectHeard(visitor: Visitor, events: readonly string[]): Promise<void> {
  for (const event of events) await visitor.heard(event);
  if (visitor.socket.connected) await visitor.settled();
  const heard = visitor.told.map(({ event }) => event).filter((event) => event !== LIVELINESS);
  const inOrder = (names: readonly string[]) => names.toSorted((one, other) => one.localeCompare(other));
  expect(inOrder(heard)).toEqual(inOrder(events));
}

const PUT_OUT = ['portal:key_removed', 'room:members', 'room:epoch_changed', 'message:new'];

type Who = 'owner' | 'moderator' | 'admin';
type Effects = { by: Who; path: string; body?: object; victim: string[]; room: string[]; outsider: string[] };

describe('who hears of what', () => {
  test.each<[string, Effects]>([
    ['a kick', { by: 'owner', path: 'kick', victim: ['room:kicked'], room: PUT_OUT, outsider: [] }],
    ['a ban', { by: 'owner', path: 'ban', victim: ['room:kicked'], room: [...PUT_OUT, 'user:banned'], outsider: [] }],
    [
      'a timeout by a chat’s owner',
      {
        by: 'owner',
        path: 'timeout',
        body: { duration: 60 },
        victim: ['room:kicked'],
        room: [...PUT_OUT, 'user:banned'],
        outsider: [],
      },
    ],
    [
      'a timeout by staff',
      {
        by: 'moderator',
        path: 'timeout',
        body: { duration: 60 },
        victim: ['notification:new', 'session:ended', 'disconnect'],
        room: ['message:new', 'room:members'],
        outsider: [],
      },
    ],
    ['a mute', { by: 'owner', path: 'mute', victim: ['user:muted'], room: ['user:muted'], outsider: [] }],
    [
      'a warning',
      {
        by: 'moderator',
        path: 'warn',
        victim: ['notification:new', 'message:new'],
        room: ['message:new'],
        outsider: [],
      },
    ],
    [
      'a mute in every chat',
      {
        by: 'admin',
        path: 'hard-mute',
        victim: ['user:hard_muted'],
        room: ['user:hard_muted'],
        outsider: ['user:hard_muted'],
      },
    ],
    ['an unban of who is not banned', { by: 'owner', path: 'unban', victim: [], room: [], outsider: [] }],
    ['an unmute of who may speak', { by: 'owner', path: 'unmute', victim: [], room: [], outsider: [] }],
    ['an end of no mute in every chat', { by: 'admin', path: 'hard-unmute', victim: [], room: [], outsider: [] }],
  ])('%s', async (_, { by, path, body = {}, victim: ofVictim, room, outsider: ofOutsider }) => {
    await using house = await openHouse();
    const { chat, bob, ada, victim, bystander, outsider } = await scene(house);
    const actor = { owner: chat.owner, moderator: await house.given.moderator(), admin: await house.given.admin() }[by];
    const route = path.startsWith('hard') ? `/v1/portal/${path}` : pathOf(chat, `/${path}`);
    expect((await house.as(actor).post(route, { user_id: bob.id, ...body })).body).toEqual({ ok: true });
    await expectHeard(victim, ofVictim);
    await expectHeard(ada, room);
    await expectHeard(bystander, room);
    await expectHeard(outsider, ofOutsider);
  });

  test.each(['kick', 'ban', 'mute'] as const)(
    'of a %s staff are named once they are in the room or a member, and not as they look in from outside',
    async (what) => {
      await using house = await openHouse();
      const { chat, bob, victim, bystander } = await scene(house);
      const staff = await house.given.admin();
      const by = await house.dial(staff);
      const told = async () => {
        await house.as(staff).post(pathOf(chat, `/${what}`), { user_id: bob.id });
        const payload =
          what === 'kick'
            ? await victim.heard('room:kicked')
            : await bystander.heard(what === 'ban' ? 'user:banned' : 'user:muted');
        for (const one of [victim, bystander]) one.forget();
        if (what !== 'mute') {
          await house.as(chat.owner).post(pathOf(chat, '/unban'), { user_id: bob.id });
          await victim.join(chat.id);
        }
        return payload.by;
      };
      expect(await told()).toBeNull();
      await by.join(chat.id);
      expect(await told()).toEqual(shown(staff));
      await by.call('room:leave', { chat_id: chat.id });
      expect(await told()).toBeNull();
      await house.given.member(chat, staff);
      expect(await told()).toEqual(shown(staff));
    },
  );

  test('each event says of whom, where, for how long and why', async () => {
    await using house = await openHouse();
    const { chat, bob, victim, bystander, outsider } = await scene(house);
    const of = { chat_id: chat.id, user_id: bob.id };
    const [owner, admin] = [house.as(chat.owner), house.as(await house.given.admin())];
    const body = { user_id: bob.id, duration: 600, reason: 'Spoilers' };
    const by = shown(chat.owner);

    await owner.post(pathOf(chat, '/mute'), body);
    expect(await bystander.heard('user:muted')).toEqual({ ...of, duration: 600, reason: 'Spoilers', by });
    await owner.post(pathOf(chat, '/unmute'), { user_id: bob.id });
    expect(await victim.heard('user:unmuted')).toEqual(of);
    await admin.post('/v1/portal/hard-mute', { user_id: bob.id, duration: 0, reason: 'Not for everybody' });
    expect(await outsider.heard('user:hard_muted')).toEqual({ user_id: bob.id, duration: 0 });
    await admin.post('/v1/portal/hard-unmute', { user_id: bob.id });
    expect(await outsider.heard('user:hard_unmuted')).toEqual({ user_id: bob.id });
    await owner.post(pathOf(chat, '/ban'), { user_id: bob.id });
    expect(await bystander.heard('user:banned')).toEqual({ ...of, duration: 0, by });
    expect(await victim.heard('room:kicked')).toEqual({ chat_id: chat.id, reason: null, banned: true, by });
    expect(bystander.all('room:epoch_changed')).toEqual([{ chat_id: chat.id, epoch: 2, reason: 'ban' }]);
    expect(bystander.all('message:new')).toMatchObject([{ type: 'system', content: 'bob was banned from the chat' }]);
    await owner.post(pathOf(chat, '/unban'), { user_id: bob.id });
    expect(await bystander.heard('user:unbanned')).toEqual(of);
    expect(victim.all('user:unbanned')).toEqual([]);
  });

  test('of a private chat somebody who never came to it hears nothing, banned or not', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const [owner, eve] = [await house.dial(chat.owner), await house.given.person()];
    await owner.join(chat.id);
    await owner.heard('room:members');
    const stranger = await house.dial(eve);
    for (const one of [owner, stranger]) {
      await one.settled();
      one.forget();
    }
    await house.as(chat.owner).post(pathOf(chat, '/ban'), { user_id: eve.id, reason: 'Never heard of you' });
    await expectHeard(owner, ['message:new', 'user:banned']);
    await expectHeard(stranger, []);
  });

  test('the end that comes by itself is told as well, also after a restart', async () => {
    const first = await openHouse({ realTime: false });
    const chat = await first.given.chat({ visibility: 'public' });
    const [bob, admin] = [await first.given.person(), await first.given.admin()];
    const body = { user_id: bob.id, duration: 3600 };
    for (const what of ['ban', 'mute'] as const) await first.as(chat.owner).post(pathOf(chat, `/${what}`), body);
    await first.as(admin).post('/v1/portal/hard-mute', body);
    await first.shutDown();

    await using house = await openHouse({ dataDir: first.dataDir, realTime: false });
    const [owner, victim] = [await house.dial(chat.owner), await house.dial(bob)];
    await owner.join(chat.id);
    expect(await victim.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_CHAT_BANNED' });
    house.timers.jump(60 * MINUTE_MS);
    const of = { chat_id: chat.id, user_id: bob.id };
    expect(await house.passUntil(owner.heard('user:unbanned'))).toEqual(of);
    expect(await owner.heard('user:unmuted')).toEqual(of);
    expect(await victim.heard('user:hard_unmuted')).toEqual({ user_id: bob.id });
    expect(await victim.join(chat.id)).toMatchObject({ ok: true, muted: null });
  });
});

describe('a ban', () => {
  test('counts at once on every open socket, for every event', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, victim } = await scene(house);
    const tab = await house.dial(await house.given.session(bob));
    await tab.join(chat.id);
    await house.as(chat.owner).post(pathOf(chat, '/ban'), { user_id: bob.id });
    const ct = Buffer.alloc(41).toString('base64');
    const payload = { chat_id: chat.id, typing: true, epoch: 2, keys: [], content: `{"v":2,"epoch":2,"ct":"${ct}"}` };
    for (const one of [victim, tab]) {
      await one.heard('room:kicked');
      one.forget();
      expect(await one.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_CHAT_BANNED' });
      expect(await one.call('message:send', payload)).toMatchObject({ ok: false, code: 'ERR_CHAT_BANNED' });
      for (const event of ['message:typing', 'portal:key_share'])
        expect(await one.call(event, payload)).toMatchObject({ ok: false, code: 'ERR_NOT_JOINED' });
    }
    await ada.call('message:typing', { chat_id: chat.id, typing: true });
    for (const one of [victim, tab]) await expectHeard(one, []);
    expect(await house.adapters.presence.peopleIn(chat.id)).not.toContain(personOfUser(bob.id));
  });

  test('that races the joins of whom it is against leaves them outside, a hundred times of a hundred', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat({ visibility: 'public' });
    const bob = await house.given.person();
    const ada = await house.dial(chat.owner);
    await ada.join(chat.id);
    const [first, second] = [await house.dial(bob), await house.dial(bob)];
    const { presence } = house.adapters;
    for (let round = 0; round < 100; round++) {
      if (round % 2) await first.join(chat.id);
      const joins = [first.join(chat.id), second.join(chat.id)];
      if (round % 3) await turn();
      const ban = ada.call('room:kick', { chat_id: chat.id, user_id: bob.id, ban: true });
      await Promise.all([...joins, ban, first.join(chat.id), second.join(chat.id)]);
      expect(await ban).toEqual({ ok: true });
      expect(await presence.peopleIn(chat.id)).toEqual([personOfUser(chat.owner.id)]);
      expect(await first.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_CHAT_BANNED' });
      await Promise.all([first.settled(), second.settled()]);
      for (const one of [first, second]) one.forget();
      house.realtime.publish(`chat:${chat.id}`, 'room:browser_recovering', { chat_id: chat.id });
      for (const one of [first, second]) await expectHeard(one, []);
      await house.as(chat.owner).post(pathOf(chat, '/unban'), { user_id: bob.id });
    }
  });

  test('over the socket is the same, for as long as it says', async () => {
    await using house = await openHouse();
    const { chat, bob, ada, victim } = await scene(house);
    const asked = { chat_id: chat.id, user_id: bob.id, ban: true, duration: 60, reason: 'Spoilers' };
    expect(await ada.call('room:kick', asked)).toEqual({ ok: true });
    expect(await victim.heard('room:kicked')).toEqual({
      chat_id: chat.id,
      reason: 'Spoilers',
      banned: true,
      by: shown(chat.owner),
    });
    expect(await victim.join(chat.id)).toMatchObject({ ok: false, code: 'ERR_CHAT_BANNED' });
    house.timers.jump(MINUTE_MS);
    expect(await victim.join(chat.id)).toMatchObject({ ok: true });
    const { body } = await house.as(bob).get('/v1/users/me/punishments');
    expect(body).toMatchObject([{ action_type: 'CHAT_BAN', reason: 'Spoilers' }]);
  });

  test('ends a room of the client library, which sends nothing more', async () => {
    await using house = await openHouse();
    const chat = await house.given.chat();
    const bob = await house.given.member(chat);
    const [adas, bobs] = [
      await (await house.client(chat.owner)).join(chat.id),
      await (await house.client(bob)).join(chat.id),
    ];
    for (const one of [adas, bobs]) if (!one.hasKey) await one.next('key');
    const [kicked, ended] = [bobs.next('kicked'), bobs.next('ended')];
    await house.as(chat.owner).post(pathOf(chat, '/ban'), { user_id: bob.id, reason: 'Spoilers' });
    expect(await kicked).toEqual({ reason: 'Spoilers', banned: true, by: shown(chat.owner) });
    expect(await ended).toMatchObject({ code: 'ERR_CHAT_BANNED' });
    await expect(bobs.send('hello?')).rejects.toMatchObject({ code: 'ERR_CHAT_BANNED' });
    await adas.send('among ourselves');
    expect(adas.epoch).toBe(2);
  });
});

describe('a mute', () => {
  test.each(['in the chat', 'in every chat'])(
    '%s refuses what is said over the socket, and joins say so',
    async (where) => {
      await using house = await openHouse();
      const { chat, bob, victim, bystander } = await scene(house);
      const [by, path] =
        where === 'in the chat'
          ? [chat.owner, pathOf(chat, '/mute')]
          : [await house.given.admin(), '/v1/portal/hard-mute'];
      await house.as(by).post(path, { user_id: bob.id, duration: 0, reason: 'Spoilers' });
      const content = JSON.stringify({ v: 2, epoch: 1, ct: Buffer.alloc(41).toString('base64') });
      const send = () => victim.call('message:send', { chat_id: chat.id, content });
      expect(await send()).toMatchObject({ ok: false, code: 'ERR_MUTED', ttl: 0 });
      expect(await victim.join(chat.id)).toMatchObject({ ok: true, muted: { ttl: 0, reason: 'Spoilers' } });
      await house.as(by).post(path, { user_id: bob.id, duration: 60 });
      const { ttl } = await send();
      expect(ttl).toBeGreaterThan(50);
      expect(ttl).toBeLessThanOrEqual(60);
      await bystander.settled();
      expect(bystander.all('message:new')).toEqual([]);
      await house.as(by).post(path.replace('mute', 'unmute'), { user_id: bob.id });
      expect(await send()).toMatchObject({ code: 'ERR_NO_ROOM_KEY' });
    },
  );

  test('hides that someone writes, without a word', async () => {
    await using house = await openHouse();
    const { chat, bob, victim, bystander } = await scene(house);
    const type = () => victim.call('message:typing', { chat_id: chat.id, typing: true });
    await house.as(chat.owner).post(pathOf(chat, '/mute'), { user_id: bob.id });
    expect(await type()).toEqual({ ok: true });
    await expectHeard(bystander, ['user:muted']);
    await house.as(chat.owner).post(pathOf(chat, '/unmute'), { user_id: bob.id });
    await type();
    expect(await bystander.heard('message:typing')).toMatchObject({ user_id: bob.id, typing: true });
  });

  test('while someone writes does not leave them writing for ever', async () => {
    await using house = await openHouse();
    const { chat, bob, victim, bystander } = await scene(house);
    await victim.call('message:typing', { chat_id: chat.id, typing: true });
    await bystander.heard('message:typing');
    await house.as(chat.owner).post(pathOf(chat, '/mute'), { user_id: bob.id });
    await victim.call('message:typing', { chat_id: chat.id, typing: false });
    expect(await bystander.heard('message:typing', ({ typing }) => !typing)).toMatchObject({ user_id: bob.id });
  });
});
