import { Database } from 'bun:sqlite';
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import {
  createChatKey,
  createKeyPair,
  openEnvelope,
  parseEnvelope,
  sealEnvelope,
  sealKeyBlob,
} from '../../src/client/index.ts';
import { DAY_MS, SECOND_MS } from '../../src/core/durations.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { eventually } from '../support/waiting.ts';
import { type House, openHouse, type Payload } from './house.ts';

type Person = { id?: number; token: string; sessionId: string };
type Talk = Awaited<ReturnType<typeof twoTalking>>;

/** A user and a stranger in a direct chat, both connected, with tokens as `match:found` brought them. */
async function twoMeeting(house: House) {
  const user: Person = await house.given.person();
  const stranger: Person = await house.given.stranger();
  const [one, other] = [await house.dial(user), await house.dial(stranger)];
  const chat = await house.given.direct(user, stranger);
  const [found, foundByOther] = [await one.heard('match:found'), await other.heard('match:found')];
  return { house, chat, user, stranger, one, other, found, foundByOther };
}

/** As `twoMeeting`, and both have joined with keys of their own; the first one made the chat key. */
async function twoTalking(house: House) {
  const met = await twoMeeting(house);
  const [keys, otherKeys] = [createKeyPair(), createKeyPair()];
  const joined = await met.one.call('room:join', { token: met.found.token, public_key: keys.publicKey });
  const request = await met.one.heard('portal:key_request');
  const chatKey = createChatKey();
  const blob = sealKeyBlob(chatKey, keys.publicKey, keys);
  const share = { chat_id: met.chat.id, epoch: joined.epoch };
  await met.one.call('portal:key_share', { ...share, keys: [{ session_id: joined.session_id, blob }] });
  const otherJoined = await met.other.call('room:join', {
    token: met.foundByOther.token,
    public_key: otherKeys.publicKey,
  });
  const second = await met.one.heard('portal:key_request', ({ generate }) => !generate);
  const forOther = sealKeyBlob(chatKey, second.recipients[0].public_key, keys);
  await met.one.call('portal:key_share', {
    ...share,
    keys: [{ session_id: second.recipients[0].session_id, blob: forOther }],
  });
  await met.other.heard('portal:key_shared');
  return { ...met, keys, otherKeys, joined, otherJoined, request, second, chatKey };
}

const historyOf = ({ chat }: { chat: { id: number } }) => `/v1/portal/chats/${chat.id}/history`;
const messagesOf = ({ chat }: { chat: { id: number } }) => `/v1/portal/chats/${chat.id}/messages`;
const sealed = ({ chatKey, joined }: Talk, body: string) => sealEnvelope(body, joined.epoch, chatKey);

describe('a direct chat', () => {
  test('begins with a greeting by the other’s alias, to each their own, and both know the shared tags', async () => {
    await using house = await openHouse();
    const { one, other, chat, found, foundByOther } = await twoMeeting(house);
    expect(found).toEqual({
      chat_id: chat.id,
      token: chat.tokens[0],
      peer: {
        alias: expect.stringMatching(/^[a-z]+-[a-z]+$/),
        avatar_url: null,
        is_stranger: true,
        country_code: null,
      },
      interests: ['music'],
      expires_at: expect.any(String),
    });
    expect(foundByOther.peer.is_stranger).toBe(false);
    expect(found.peer.alias).not.toBe(foundByOther.peer.alias);
    expect(found.token).not.toBe(foundByOther.token);
    for (const [visitor, { peer }] of [
      [one, found],
      [other, foundByOther],
    ] as const) {
      const greeting = await visitor.heard('message:new');
      expect(greeting).toMatchObject({
        chat_name: peer.alias,
        sender: null,
        permission_level: null,
        type: 'system',
        content: `Chat started — say hi to ${peer.alias}! Matched on: music`,
      });
    }
  });

  test('is joined by token, names people by numbers and sessions by names of its own', async () => {
    await using house = await openHouse();
    const talk = await twoTalking(house);
    const { joined, otherJoined, keys, otherKeys, user, stranger, request, second, found, foundByOther } = talk;
    expect(joined).toMatchObject({
      ok: true,
      participant: 1,
      chat: { id: talk.chat.id, chat_type: 'direct', name: found.peer.alias, owner: null, visibility: 'private' },
      count: 2,
      key: null,
      browser: null,
      control: null,
      muted: null,
    });
    expect(joined.session_id).not.toBe(user.sessionId);
    expect(otherJoined.session_id).not.toBe(stranger.sessionId);
    expect(request).toMatchObject({
      generate: true,
      recipients: [{ user_id: null, participant: 1, session_id: joined.session_id, public_key: keys.publicKey }],
    });
    expect(second.recipients).toEqual([
      {
        user_id: null,
        participant: 2,
        session_id: otherJoined.session_id,
        public_key: otherKeys.publicKey,
        signing_key: null,
      },
    ]);
    expect(joined.members).toEqual([
      {
        id: null,
        participant: 1,
        username: foundByOther.peer.alias,
        avatar_url: null,
        permission_level: null,
        sessions: [{ session_id: joined.session_id, public_key: keys.publicKey, signing_key: null }],
      },
      expect.objectContaining({ id: null, participant: 2, sessions: [] }),
    ]);
    expect(otherJoined.members[0].sessions).toHaveLength(1);
    expect(await talk.one.heard('portal:key_added', ({ participant }) => participant === 2)).toEqual({
      chat_id: talk.chat.id,
      user_id: null,
      participant: 2,
      session_id: otherJoined.session_id,
      public_key: otherKeys.publicKey,
      signing_key: null,
    });
  });

  test('carries sealed messages both ways, with the author as a number', async () => {
    await using house = await openHouse();
    const talk = await twoTalking(house);
    const { one, other, chat, chatKey, found, foundByOther } = talk;
    await one.call('message:send', { chat_id: chat.id, content: sealed(talk, 'hello') });
    const heard = await other.heard('message:new', ({ type }) => type === 'user');
    expect(heard.sender).toEqual({ id: null, username: foundByOther.peer.alias, avatar_url: null, participant: 1 });
    expect(heard).toMatchObject({ permission_level: null, chat_name: foundByOther.peer.alias });
    expect(openEnvelope(parseEnvelope(heard.content), chatKey)).toBe('hello');
    const answer = await house.as(talk.stranger).post(messagesOf(talk), { content: sealed(talk, 'hi') });
    expect(answer.status).toBe(200);
    const back = await one.heard('message:new', ({ sender }) => sender?.participant === 2);
    expect(back.sender.username).toBe(found.peer.alias);
    const { body } = await house.as(talk.user).get(historyOf(talk));
    expect(body.map(({ type, sender }: Payload) => [type, sender?.participant ?? null])).toEqual([
      ['system', null],
      ['user', 1],
      ['user', 2],
    ]);
    expect(JSON.stringify(body)).not.toContain('{peer}');
    expect((await house.as(talk.stranger).post(`${messagesOf(talk)}/delete-mine`)).body).toEqual({ deleted: 1 });
    expect((await house.as(talk.user).get(historyOf(talk))).body).toHaveLength(2);
    await other.call('message:typing', { chat_id: chat.id, typing: true });
    expect(await one.heard('message:typing')).toEqual({
      chat_id: chat.id,
      user_id: null,
      participant: 2,
      typing: true,
    });
  });

  test('does not exist for anyone else, staff included, and a token opens nothing for another person', async () => {
    await using house = await openHouse();
    const talk = await twoTalking(house);
    const outsiders = [await house.given.owner(), await house.given.person(), await house.given.stranger()];
    for (const outsider of outsiders) {
      const visitor = await house.dial(outsider);
      for (const token of [talk.found.token, talk.foundByOther.token, 'nonsense'])
        expect(await visitor.call('room:join', { token })).toMatchObject({ ok: false, code: 'ERR_NOT_FOUND' });
      expect((await house.as(outsider).get(historyOf(talk))).status).toBe(404);
      expect((await house.as(outsider).post(messagesOf(talk), { content: sealed(talk, 'x') })).status).toBe(404);
    }
    const wrong = await talk.one.call('room:join', { token: talk.foundByOther.token });
    expect(wrong).toMatchObject({ ok: false, code: 'ERR_NOT_FOUND' });
    expect(await talk.one.call('room:join', { chat_id: talk.chat.id })).toMatchObject({ code: 'ERR_DIRECT_CHAT' });
    expect(await talk.one.call('room:join', {})).toMatchObject({ code: 'ERR_VALIDATION', field: 'chat_id' });
  });

  test('ends when one leaves: the other is told at once, both can read, nobody can send', async () => {
    await using house = await openHouse();
    const talk = await twoTalking(house);
    const { one, other, chat, foundByOther } = talk;
    await one.call('message:send', { chat_id: chat.id, content: sealed(talk, 'bye') });
    await house.modules.direct.leave(await house.modules.sessions.require(talk.user.token));
    expect(await other.heard('room:peer_left')).toEqual({ chat_id: chat.id, grace_until_ms: 0 });
    for (const visitor of [one, other])
      expect(await visitor.heard('match:ended')).toEqual({ chat_id: chat.id, reason: 'left' });
    expect(await other.heard('message:new', ({ content }) => content.endsWith('left the chat'))).toMatchObject({
      content: `${foundByOther.peer.alias} left the chat`,
    });
    expect(await other.call('message:send', { chat_id: chat.id, content: sealed(talk, 'wait') })).toMatchObject({
      ok: false,
      code: 'ERR_CHAT_ARCHIVED',
    });
    const again = await house.modules.sessions.require(talk.user.token);
    await expect(house.modules.direct.leave(again)).rejects.toMatchObject({ errorCode: 'ERR_MATCH_NO_ACTIVE_DIRECT' });
    for (const who of [talk.user, talk.stranger]) {
      expect((await house.as(who).get(historyOf(talk))).body).toHaveLength(3);
      const state = await house.modules.direct.statesOf(
        (await house.modules.direct.participants(chat.id)).find((row) => row.sessionId === who.sessionId)
          ?.person as never,
      );
      expect(state).toMatchObject([{ chat_id: chat.id, archived: true, ended: expect.any(String) }]);
    }
    const back = await (await house.dial(talk.user)).call('room:join', {
      token: talk.found.token,
      public_key: talk.keys.publicKey,
    });
    expect(back).toMatchObject({
      ok: true,
      chat: { archived: true },
      key: { sender_session_id: talk.joined.session_id },
    });
  });
});

describe('a participant whose last socket is gone', () => {
  test('is away for the grace, and back in time nothing has happened', async () => {
    await using house = await openHouse({ realTime: false });
    const { one, other, stranger, chat } = await twoMeeting(house);
    const second = await house.dial(stranger);
    other.socket.disconnect();
    second.socket.disconnect();
    expect(await one.heard('room:peer_left')).toEqual({
      chat_id: chat.id,
      grace_until_ms: house.timers.now() + 60 * SECOND_MS,
    });
    await house.timers.advance(59 * SECOND_MS);
    await house.dial(stranger);
    expect(await one.heard('room:peer_returned')).toEqual({ chat_id: chat.id });
    await house.timers.advance(60 * SECOND_MS);
    expect(one.told.map(({ event }) => event)).not.toContain('match:ended');
  });

  test('learns on return whether the other one has gone meanwhile', async () => {
    await using house = await openHouse({ realTime: false });
    const { one, other, user, stranger, chat } = await twoMeeting(house);
    other.socket.disconnect();
    await one.heard('room:peer_left');
    one.socket.disconnect();
    await eventually(async () => !(await house.adapters.online.hasSession(user.sessionId)));
    await house.timers.advance(20 * SECOND_MS);
    const back = await house.dial(stranger);
    expect(await back.heard('room:peer_left')).toEqual({
      chat_id: chat.id,
      grace_until_ms: house.timers.now() + 40 * SECOND_MS,
    });
    await house.dial(user);
    expect(await back.heard('room:peer_returned')).toEqual({ chat_id: chat.id });
  });

  test('has lost the chat after it', async () => {
    await using house = await openHouse({ realTime: false });
    const { one, other, chat } = await twoMeeting(house);
    other.socket.disconnect();
    await one.heard('room:peer_left');
    await house.timers.advance(60 * SECOND_MS);
    expect(await one.heard('match:ended')).toEqual({ chat_id: chat.id, reason: 'timeout' });
  });

  test('who never had one loses it after the grace from its birth', async () => {
    await using house = await openHouse({ realTime: false });
    const [user, absent] = [await house.given.person(), await house.given.person()];
    const one = await house.dial(user);
    const chat = await house.given.direct(user, absent);
    expect(await one.heard('room:peer_left')).toMatchObject({ chat_id: chat.id });
    await house.timers.advance(60 * SECOND_MS);
    expect(await one.heard('match:ended')).toEqual({ chat_id: chat.id, reason: 'timeout' });
  });

  test('after a restart both have the grace to come back', async () => {
    const house = await openHouse({ realTime: false });
    const { user, stranger, chat } = await twoMeeting(house);
    await house.close({ keep: true });
    await using after = await openHouse({ realTime: false, dataDir: house.dataDir });
    const one = await after.dial(user);
    await after.timers.advance(59 * SECOND_MS);
    expect(
      await after.modules.direct.listLive((await after.modules.direct.participants(chat.id))[0]?.person as never),
    ).toEqual([chat.id]);
    await after.timers.advance(2 * SECOND_MS);
    expect(await one.heard('match:ended')).toEqual({ chat_id: chat.id, reason: 'timeout' });
    expect((await after.as(stranger).get(historyOf({ chat }))).status).toBe(200);
  });
});

test('a chat ends after a day, can be read for another, and then nothing of it is left in the file', async () => {
  const house = await openHouse({ realTime: false });
  const { one, user, chat, found, foundByOther } = await twoMeeting(house);
  await house.timers.leap(DAY_MS);
  expect(await one.heard('match:ended')).toEqual({ chat_id: chat.id, reason: 'expired' });
  expect((await house.as(user).get(historyOf({ chat }))).status).toBe(200);
  await house.timers.leap(DAY_MS);
  await eventually(async () => (await house.as(user).get(historyOf({ chat }))).status === 404);
  await house.modules.chatDeletion.purgeDeleted();
  await house.close({ keep: true });
  const file = join(house.dataDir, DATABASE_FILE);
  const database = new Database(file);
  database.run('pragma wal_checkpoint(truncate)');
  for (const table of ['direct_chats', 'direct_participants', 'chat_session_keys', 'messages', 'key_blobs'])
    expect(database.query(`select * from ${table}`).all()).toEqual([]);
  database.close();
  const bytes = await Bun.file(file).text();
  for (const trace of [found.peer.alias, foundByOther.peer.alias, 'Chat started']) expect(bytes).not.toContain(trace);
});
