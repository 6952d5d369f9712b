import { expect, test } from 'bun:test';
import type { ChatRoom } from '../../src/client/index.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { openHouse, type Payload } from '../realtime/house.ts';
import { eventually } from '../support/waiting.ts';

/** What a viewer of the chat sees, in their own words. */
function watch(room: ChatRoom, names: Map<number, string>): string[] {
  const seen: string[] = [];
  const who = (id: number) => names.get(id) ?? 'somebody';
  room.on('message', ({ type, body, sender, sealed }) => {
    if (!sealed) seen.push(type === 'system' ? `* ${body}` : `${sender?.username}: ${body}`);
  });
  room.on('opened', ({ body, sender }) => void seen.push(`${sender?.username}: ${body}`));
  room.on('muted', ({ userId, duration }) => void seen.push(`${who(userId)} is muted for ${duration} s`));
  room.on('unmuted', ({ userId }) => void seen.push(`${who(userId)} may speak again`));
  room.on('banned', ({ userId, reason }) => void seen.push(`${who(userId)} is banned: ${reason}`));
  room.on('unbanned', ({ userId }) => void seen.push(`${who(userId)} may come back`));
  return seen;
}

/** In the order of what has to be there; other things may stand between. */
async function saw(seen: string[], ...lines: string[]): Promise<void> {
  const isThere = () => {
    let from = 0;
    for (const line of lines) {
      const at = seen.indexOf(line, from);
      if (at < 0) return false;
      from = at + 1;
    }
    return true;
  };
  await eventually(isThere, { found: () => seen });
}

test('a troublemaker in a public chat: warned, muted, timed out, banned, and back by appeal', async () => {
  await using house = await openHouse();
  const { given } = house;
  const named = (username: string) => given.person({ username });
  const ada = await given.premium('ada');
  const [mo, tim] = [await given.person({ username: 'mo', level: 1 }), await named('tim')];
  const names = new Map([ada, mo, tim].map(({ id, username }) => [id, username]));

  // The owner opens her chat to everybody, and four people follow the link.
  const adas = await house.client(ada);
  const chat = await adas.rest.chats.create({ name: 'Film club' });
  await adas.rest.chats.update(chat.id, { slug: 'film-club' });
  const adaRoom = await adas.join(chat.id);
  const watchers = await Promise.all(
    ['wanda', 'will', 'xenia', 'yuri'].map(async (username) => {
      const client = await house.client(await named(username));
      await client.rest.invites.resolve('film-club');
      const room = await client.join(chat.id);
      if (!room.hasKey) await room.next('key');
      return { room, seen: watch(room, names) };
    }),
  );
  const everybodySaw = async (...lines: string[]) => {
    for (const { seen } of watchers) await saw(seen, ...lines);
  };
  const tims = await house.client(tim);
  const timRoom = await tims.join(chat.id);
  if (!timRoom.hasKey) await timRoom.next('key');
  await timRoom.send('the gardener did it');
  await everybodySaw('* tim joined the chat', 'tim: the gardener did it');

  // A warning goes on record and is announced in the chat. Only moderators can give one.
  const path = (what: string) => `/v1/portal/chats/${chat.id}/${what}`;
  expect((await house.as(tim).post(path('warn'), { user_id: mo.id })).status).toBe(403);
  await house.as(mo).post(path('warn'), { user_id: tim.id, reason: 'No spoilers' });
  await everybodySaw('* tim was warned');

  // A mute: tim reads on, and is told why nothing of his goes out.
  await house.as(mo).post(path('mute'), { user_id: tim.id, duration: 600 });
  await everybodySaw('tim is muted for 600 s');
  expect(await timRoom.send('and the butler').catch((error) => error)).toMatchObject({ code: 'ERR_MUTED' });
  await adaRoom.send('where were we?');
  await eventually(() => timRoom.messages.some(({ body }) => body === 'where were we?'));
  house.timers.jump(10 * MINUTE_MS);
  await everybodySaw('tim is muted for 600 s', 'ada: where were we?', 'tim may speak again');
  await timRoom.send('it was the butler!');
  await everybodySaw('tim may speak again', 'tim: it was the butler!');

  // A time-out by staff is for the whole platform: his sockets end, and he is back when it is over.
  const timedOut = tims.next('timedOut');
  await house.as(mo).post(path('timeout'), { user_id: tim.id, duration: 3600, reason: 'Cool down' });
  expect(await timedOut).toMatchObject({ until: expect.any(String) });
  tims.close();
  expect((await house.as(tim).get('/v1/portal/chats')).body).toMatchObject({ code: 'ERR_TIMED_OUT' });
  expect((await house.as(tim).get('/v1/users/me')).status).toBe(200);
  house.timers.jump(60 * MINUTE_MS);
  expect((await house.as(tim).get('/v1/portal/chats')).status).toBe(200);
  await house.modules.platformModeration.endOver();
  const again = await house.client(tim);
  const back = await again.join(chat.id);
  if (!back.hasKey) await back.next('key');
  await back.send('the very last scene is a dream');
  await everybodySaw('tim: it was the butler!', 'tim: the very last scene is a dream');

  // The owner bans him: the key changes, and he cannot read what is said while the ban holds.
  const epoch = adaRoom.epoch;
  const kicked = back.next('kicked');
  await house.as(ada).post(path('ban'), { user_id: tim.id, reason: 'Spoilers again' });
  expect(await kicked).toMatchObject({ reason: 'Spoilers again', banned: true });
  await eventually(() => adaRoom.epoch > epoch && adaRoom.hasKey);
  const secret = await adaRoom.send('at last among ourselves');
  await everybodySaw('tim is banned: Spoilers again', 'ada: at last among ourselves');
  expect((await house.as(tim).get(path('history'))).body).toMatchObject({ code: 'ERR_CHAT_BANNED' });
  expect((await house.as(tim).post('/v1/portal/resolve/film-club')).body).toMatchObject({ code: 'ERR_CHAT_BANNED' });
  const timsKeys = (await house.blobs()).filter(({ sessionId }) => sessionId === tim.sessionId);
  expect(timsKeys).toEqual([]);

  // He appeals, is let in again, and behaves: from here on he reads along.
  await house.as(ada).post(path('unban'), { user_id: tim.id, reason: 'He has promised' });
  await everybodySaw('ada: at last among ourselves', 'tim may come back');
  const forgiven = await again.join(chat.id);
  if (!forgiven.hasKey) await forgiven.next('key');
  await forgiven.send('sorry');
  await everybodySaw('tim may come back', '* tim joined the chat', 'tim: sorry');
  // The history of this chat is open: with its key he may read what he missed.
  expect(forgiven.messages.find(({ id }) => id === secret)).toMatchObject({ body: 'at last among ourselves' });

  // It is all on his record, and every step in the audit log.
  const { body: record } = await house.as(tim).get('/v1/users/me/punishments');
  expect(record.map((one: Payload) => [one.action_type, one.is_lifted])).toEqual([
    ['CHAT_BAN', true],
    ['PLATFORM_TIMEOUT', true],
    ['CHAT_MUTE', true],
    ['PLATFORM_WARNING', false],
  ]);
  const { body: log } = await house.as(mo).get('/v1/admin/audit/logs');
  const events = log.items.map(({ event_type }: Payload) => event_type).reverse();
  expect(events).toEqual([
    'USER_WARN',
    'CHAT_MUTE',
    'CHAT_UNMUTE',
    'USER_TIMEOUT',
    'USER_TIMEOUT_LIFT',
    'CHAT_BAN',
    'CHAT_UNBAN',
  ]);

  // All four watched the same.
  const [first, ...others] = watchers.map(({ seen }) =>
    seen.filter((line) => !/^\* (wanda|will|xenia|yuri) /.test(line)),
  );
  for (const seen of others) expect(seen).toEqual(first as string[]);
});
