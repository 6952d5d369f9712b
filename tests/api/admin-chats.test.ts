import { describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { personOfUser } from '../../src/core/principal.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const CHATS = '/v1/admin/chats';
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such chat' } };
const OUTRANKED = {
  status: 403,
  body: { code: 'ERR_FORBIDDEN', error: 'The level of the chat’s owner does not let you act on it' },
};

/** What the audit log says of chats since they were set up. */
async function audited(portal: TestPortal) {
  const rows = await portal.database.read.select().from(auditLog).where(eq(auditLog.entityType, 'chat'));
  return rows
    .filter(({ eventMetadata }) => JSON.stringify(eventMetadata) !== '{"name":"Movie night"}')
    .map(({ eventType, entityId, actorId, eventMetadata }) => ({ eventType, entityId, actorId, eventMetadata }));
}

/** A chat as a direct one will be. */
async function direct(portal: TestPortal): Promise<Chat> {
  const chat = await portal.given.chat();
  const change = { chatType: 'direct' as const };
  await portal.database.units.run('direct', ({ db }) =>
    db.update(chats).set(change).where(eq(chats.id, chat.id)).returning(),
  );
  return chat;
}

const viewOf = (chat: Chat) => ({
  id: chat.id,
  name: chat.name,
  owner_id: chat.owner.id,
  owner: { id: chat.owner.id, username: chat.owner.username, avatar_url: null },
  is_public: false,
  visibility: 'private',
  label: null,
  slug: null,
  description: null,
  avatar_source: null,
  running: false,
  viewer_count: 0,
  last_activity_at: '2026-01-01T00:00:00.000Z',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
});

describe('looking', () => {
  test('Admins list all chats, newest first and page by page, and none that are direct or deleted', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const admin = portal.as(await given.admin());
    const [first, open] = [await given.chat(), await given.chat({ visibility: 'public', slug: 'cinema' })];
    await direct(portal);
    const gone = await given.chat();
    await portal.as(gone.owner).post(`/v1/portal/chats/${gone.id}/delete`);
    await given.speaker(open, open.owner);

    const { status, body } = await admin.get(CHATS);

    expect(status).toBe(200);
    expect(body).toEqual([
      { ...viewOf(open), is_public: true, visibility: 'public', slug: 'cinema', viewer_count: 1 },
      viewOf(first),
    ]);
    expect((await admin.get(`${CHATS}?limit=1`)).body).toMatchObject([{ id: open.id }]);
    expect((await admin.get(`${CHATS}?limit=1&offset=1`)).body).toMatchObject([{ id: first.id }]);
    expect((await admin.get(`${CHATS}?offset=2`)).body).toEqual([]);
  });

  test('one chat comes with its members, without the owner, and with who of them is online', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat();
    const early = await given.member(chat);
    await portal.timers.advance(1000);
    const late = await given.member(chat, await given.moderator());
    await given.member(chat, chat.owner);
    await portal.adapters.online.arrive({ socketId: 'tab', sessionId: late.sessionId, person: personOfUser(late.id) });

    const { status, body } = await portal.as(await given.admin()).get(`${CHATS}/${chat.id}`);

    expect(status).toBe(200);
    const member = ({ id, username }: Person, permission_level: number, is_online: boolean, joined_at: string) => ({
      user: { id, username, avatar_url: null, permission_level },
      is_online,
      joined_at,
    });
    expect(body).toEqual({
      ...viewOf(chat),
      browser_config: { browser: 'chromium', start_url: null, kiosk: false, preview: false },
      member_count: 2,
      members: [member(early, 0, false, '2026-01-01T00:00:00.000Z'), member(late, 1, true, '2026-01-01T00:00:01.000Z')],
    });
  });

  test('of many members the first 200 are named, and all are counted', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    for (let number = 0; number < 201; number++) await portal.given.member(chat);
    const { body } = await portal.as(await portal.given.admin()).get(`${CHATS}/${chat.id}`);
    expect([body.member_count, body.members.length]).toEqual([201, 200]);
  });

  test('neither direct nor deleted nor unknown chats are there to be seen or acted on', async () => {
    await using portal = await testPortal();
    const owner = portal.as(await portal.given.owner());
    const gone = await portal.given.chat();
    await owner.post(`${CHATS}/${gone.id}/delete`);
    for (const { id } of [gone, await direct(portal), { id: 4711 }]) {
      expect(await owner.get(`${CHATS}/${id}`)).toMatchObject(NOT_FOUND);
      expect(await owner.post(`${CHATS}/${id}/update`, { name: 'Mine' })).toMatchObject(NOT_FOUND);
      expect(await owner.post(`${CHATS}/${id}/delete`)).toMatchObject(NOT_FOUND);
      const to = { new_owner_id: gone.owner.id };
      expect(await owner.post(`${CHATS}/${id}/transfer`, to)).toMatchObject(NOT_FOUND);
      const kick = await owner.post(`${CHATS}/${id}/kick`, { user_id: gone.owner.id });
      expect(kick.status).toBe(404);
    }
  });
});

describe('an official chat', () => {
  test('is made by an Owner, belongs to them, and is open to everybody by its slug', async () => {
    await using portal = await testPortal();
    const acting = await portal.given.owner();
    const asked = {
      name: ' General ',
      slug: 'general',
      description: 'For everybody',
      allow_control_requests: true,
      browser_config: { browser: 'firefox' },
    };

    const { status, body } = await portal.as(acting).post(CHATS, asked);

    expect(status).toBe(200);
    expect(body).toEqual({
      chat_id: expect.any(Number),
      chat_name: 'General',
      username: acting.username,
      browser: 'firefox',
      allow_control_requests: true,
      visibility: 'official',
      label: null,
      slug: 'general',
      description: 'For everybody',
      avatar_source: null,
      running: false,
      viewer_count: 0,
    });
    expect(await audited(portal)).toEqual([
      {
        eventType: 'CHAT_CREATE',
        entityId: String(body.chat_id),
        actorId: acting.id,
        eventMetadata: { name: 'General', visibility: 'official', slug: 'general' },
      },
    ]);
    const ada = portal.as(await portal.given.person());
    expect((await ada.get('/v1/portal/chats')).body).toMatchObject([{ id: body.chat_id, visibility: 'official' }]);
    expect((await ada.post('/v1/portal/resolve/General')).body).toMatchObject({ method: 'vanity', joined: true });
    expect((await ada.get('/v1/statistics/chats')).body).toEqual({ total_count: 1, public_count: 1, private_count: 0 });
    const owned = await portal.as(acting).get('/v1/users/me/chats');
    expect(owned.body).toMatchObject([{ id: body.chat_id, is_public: true, visibility: 'official' }]);
  });

  test('needs a slug that no other chat has, and an Owner; and then nothing is made', async () => {
    await using portal = await testPortal();
    await portal.given.chat({ visibility: 'public', slug: 'taken' });
    const owner = portal.as(await portal.given.owner());
    const taken = { status: 409, body: { code: 'ERR_SLUG_TAKEN', field: 'slug' } };
    expect(await owner.post(CHATS, { name: 'General', slug: 'taken' })).toMatchObject(taken);
    const admin = await portal.as(await portal.given.admin()).post(CHATS, { name: 'General', slug: 'general' });
    expect(admin).toMatchObject({ status: 403, body: { error: 'Owner access required' } });
    expect(await audited(portal)).toEqual([]);
    expect((await owner.get(CHATS)).body).toHaveLength(1);
  });

  test('is made and ended by Owners alone; an Admin changes it in no way', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const [owner, admin] = [portal.as(await given.owner()), portal.as(await given.admin())];
    const chat = await given.chat();
    const update = (who: typeof owner, body: object) => who.post(`${CHATS}/${chat.id}/update`, body);
    const needsOwner = {
      status: 403,
      body: { error: 'Owner access required to make a chat official, to end that, or to change its slug' },
    };
    expect(await update(admin, { visibility: 'official', slug: 'general' })).toMatchObject(needsOwner);
    expect((await update(owner, { visibility: 'official', slug: 'general' })).body.visibility).toBe('official');
    for (const body of [{ visibility: 'public' }, { slug: null }, { visibility: 'private' }, { slug: 'another' }])
      expect(await update(admin, body)).toMatchObject(needsOwner);
    expect((await update(admin, { name: 'Not official' })).status).toBe(200);
    expect((await update(owner, { visibility: 'private' })).body).toMatchObject({ visibility: 'private', slug: null });
    const { body } = await owner.post(CHATS, { name: 'General', slug: 'general' });
    for (const act of ['update', 'delete'])
      expect(await admin.post(`${CHATS}/${body.chat_id}/${act}`, { name: 'Mine' })).toMatchObject(OUTRANKED);
  });
});

describe('changing a chat', () => {
  test('sets what is named, answers the whole, tells the log, and leaves the rest', async () => {
    await using portal = await testPortal();
    const acting = await portal.given.admin();
    const chat = await portal.given.chat();
    await portal.timers.advance(1000);
    const change = { name: ' Cinema ', label: 'Staff pick', description: 'Films', browser_config: { kiosk: true } };

    const { status, body } = await portal.as(acting).post(`${CHATS}/${chat.id}/update`, change);

    const browser_config = { browser: 'chromium', start_url: null, kiosk: true, preview: false };
    expect(status).toBe(200);
    expect(body).toEqual({
      ...viewOf(chat),
      ...change,
      name: 'Cinema',
      browser_config,
      member_count: 0,
      members: [],
      updated_at: '2026-01-01T00:00:01.000Z',
    });
    const changes = { name: 'Cinema', label: 'Staff pick', description: 'Films', browser_config };
    expect(await audited(portal)).toEqual([
      {
        eventType: 'CHAT_UPDATE',
        entityId: String(chat.id),
        actorId: acting.id,
        eventMetadata: { name: 'Movie night', changes },
      },
    ]);
    const cleared = await portal.as(acting).post(`${CHATS}/${chat.id}/update`, { label: null, description: null });
    expect(cleared.body).toMatchObject({ label: null, description: null, name: 'Cinema' });
  });

  test('a slug and a visibility belong together, whatever of both is named', async () => {
    await using portal = await testPortal();
    const admin = portal.as(await portal.given.admin());
    const { id } = await portal.given.chat();
    await portal.given.chat({ visibility: 'public', slug: 'taken' });
    const update = (body: object) => admin.post(`${CHATS}/${id}/update`, body);
    const invalid = { status: 400, body: { code: 'ERR_VALIDATION', field: 'slug' } };
    const is = (visibility: string, slug: string | null) => ({
      status: 200,
      body: { visibility, slug, is_public: visibility !== 'private' },
    });

    expect(await update({ visibility: 'public' })).toMatchObject(invalid);
    expect(await update({ visibility: 'private', slug: 'cinema' })).toMatchObject(invalid);
    expect(await update({ slug: 'taken' })).toMatchObject({ status: 409, body: { code: 'ERR_SLUG_TAKEN' } });
    expect(await update({ visibility: 'public', slug: 'cinema' })).toMatchObject(is('public', 'cinema'));
    expect(await update({ slug: 'cinema' })).toMatchObject(is('public', 'cinema'));
    expect(await update({ visibility: 'public', slug: null })).toMatchObject(invalid);
    expect(await update({ slug: 'films' })).toMatchObject(is('public', 'films'));
    expect(await update({ slug: null })).toMatchObject(is('private', null));
    expect(await update({ slug: 'again' })).toMatchObject(is('public', 'again'));
    expect(await update({ visibility: 'private' })).toMatchObject(is('private', null));
    expect((await portal.as(await portal.given.person()).post('/v1/portal/resolve/again')).status).toBe(404);
  });

  test('no field at all is a mistake, and what is as it was is no entry', async () => {
    await using portal = await testPortal();
    const admin = portal.as(await portal.given.admin());
    const { id } = await portal.given.chat();
    const none = {
      status: 400,
      body: { code: 'ERR_BAD_REQUEST', error: 'Name at least one field that can be changed here' },
    };
    expect(await admin.post(`${CHATS}/${id}/update`, {})).toMatchObject(none);
    expect(await admin.post(`${CHATS}/${id}/update`, { owner_id: 1 })).toMatchObject(none);
    expect((await admin.post(`${CHATS}/${id}/update`, { name: 'Movie night', label: null })).status).toBe(200);
    expect(await audited(portal)).toEqual([]);
  });
});

describe('deleting and kicking', () => {
  test('a deleted chat is gone for everybody, and the log keeps who did it', async () => {
    await using portal = await testPortal();
    const acting = await portal.given.admin();
    const chat = await portal.given.chat({ name: 'Cinema', visibility: 'public', slug: 'cinema' });
    const answer = await portal.as(acting).post(`${CHATS}/${chat.id}/delete`);
    expect(answer).toMatchObject({ status: 200, body: { message: "Chat 'Cinema' deleted" } });
    expect(await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`)).toMatchObject(NOT_FOUND);
    expect((await portal.client.get('/v1/portal/directory')).body.total).toBe(0);
    expect(await audited(portal)).toContainEqual({
      eventType: 'CHAT_DELETE',
      entityId: String(chat.id),
      actorId: acting.id,
      eventMetadata: { name: 'Cinema' },
    });
    expect(await portal.as(acting).post(`${CHATS}/${chat.id}/delete`)).toMatchObject(NOT_FOUND);
  });

  test('a member of any private chat can be put out, and is told by name that it is done', async () => {
    await using portal = await testPortal();
    const acting = await portal.given.admin();
    const chat = await portal.given.chat({ name: 'general' });
    const member = await portal.given.member(chat, await portal.given.person({ username: 'someuser' }));
    const kick = (user_id: number) => portal.as(acting).post(`${CHATS}/${chat.id}/kick`, { user_id });
    expect(await kick(member.id)).toMatchObject({
      status: 200,
      body: { message: "Kicked someuser from chat 'general'" },
    });
    expect(await portal.as(member).get(`/v1/portal/chats/${chat.id}`)).toMatchObject(NOT_FOUND);
    expect(await kick(member.id)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    expect(await kick(acting.id)).toMatchObject({ status: 400, body: { code: 'ERR_SELF_ACTION' } });
    expect(await kick(4711)).toMatchObject({ status: 404, body: { error: 'No such user' } });
    expect((await audited(portal)).map(({ eventType, actorId }) => [eventType, actorId])).toEqual([
      ['CHAT_CREATE', chat.owner.id],
      ['CHAT_KICK', acting.id],
    ]);
  });

  test('nobody is put out by somebody of their own level', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const member = await portal.given.member(chat, await portal.given.admin());
    const answer = await portal.as(await portal.given.admin()).post(`${CHATS}/${chat.id}/kick`, { user_id: member.id });
    expect(answer).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    expect((await portal.as(member).get(`/v1/portal/chats/${chat.id}`)).status).toBe(200);
  });
});

describe('handing a chat over', () => {
  test('the new owner owns it, the old one stays as a member, and the log names both', async () => {
    await using portal = await testPortal();
    const acting = await portal.given.owner();
    const chat = await portal.given.chat({ name: 'general' });
    const heir = await portal.given.member(chat);

    const answer = await portal.as(acting).post(`${CHATS}/${chat.id}/transfer`, { new_owner_id: heir.id });

    expect(answer).toMatchObject({
      status: 200,
      body: { message: `Chat 'general' transferred to user ${heir.id}` },
    });
    expect((await audited(portal)).at(-1)).toEqual({
      eventType: 'CHAT_TRANSFER',
      entityId: String(chat.id),
      actorId: acting.id,
      eventMetadata: { name: 'general', owner_id: { from: chat.owner.id, to: heir.id } },
    });
    const { body } = await portal.as(acting).get(`${CHATS}/${chat.id}`);
    expect(body).toMatchObject({ owner_id: heir.id, member_count: 1, members: [{ user: { id: chat.owner.id } }] });
    const as = async (who: Person) => (await portal.as(who).get(`/v1/portal/chats/${chat.id}`)).body;
    expect(await as(heir)).toMatchObject({ can_manage: true, owner: { id: heir.id } });
    expect(await as(chat.owner)).toMatchObject({ can_manage: false, owner: { id: heir.id } });
    expect((await portal.as(chat.owner).post(`/v1/portal/chats/${chat.id}/leave`)).status).toBe(200);
    expect((await portal.as(heir).post(`/v1/portal/chats/${chat.id}/leave`)).status).toBe(409);
  });

  test('neither a ban nor a mute keeps the new owner from it, nor a slot', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat();
    const heir = await given.member(chat);
    const owner = portal.as(chat.owner);
    await owner.post(`/v1/portal/chats/${chat.id}/mute`, { user_id: heir.id, duration: 0 });
    await owner.post(`/v1/portal/chats/${chat.id}/ban`, { user_id: heir.id });
    await portal.as(await given.owner()).post(`${CHATS}/${chat.id}/transfer`, { new_owner_id: heir.id });
    expect((await portal.as(heir).get(`/v1/portal/chats/${chat.id}`)).body.can_manage).toBe(true);
    expect(await portal.modules.mutes.find(portal.database.read, heir.id, chat.id)).toBeNull();
    const records = (await portal.as(heir).get('/v1/users/me/punishments')).body;
    expect(records.map((one: { is_lifted: boolean }) => one.is_lifted)).toEqual([true, true]);
  });

  test('it goes to somebody who is there, is not kept out of the platform, and has it not already', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat();
    const acting = portal.as(await given.owner());
    const to = (new_owner_id: number) => acting.post(`${CHATS}/${chat.id}/transfer`, { new_owner_id });
    const [banned, timedOut] = [await given.person(), await given.person()];
    await given.state(banned, 2);
    await given.state(timedOut, 1, 1000);
    for (const { id } of [chat.owner, banned, timedOut])
      expect(await to(id)).toMatchObject({ status: 409, body: { code: 'ERR_CONFLICT' } });
    expect(await to(4711)).toMatchObject({ status: 404, body: { error: 'No such user' } });
    const admin = await portal.as(await given.admin()).post(`${CHATS}/${chat.id}/transfer`, { new_owner_id: 1 });
    expect(admin).toMatchObject({ status: 403, body: { error: 'Owner access required' } });
    expect((await portal.as(chat.owner).get(`/v1/portal/chats/${chat.id}`)).body.can_manage).toBe(true);
    portal.timers.jump(1000);
    expect((await to(timedOut.id)).status).toBe(200);
  });
});

describe('hierarchy', () => {
  test('an Admin changes nothing about a chat of another Admin or of an Owner, and everything about their own', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const acting = await given.admin();
    const admin = portal.as(acting);
    for (const keeper of [await given.admin(), await given.owner()]) {
      for (const visibility of ['private', 'public'] as const) {
        const chat = await given.chat({ owner: keeper, visibility, slug: `${visibility}-${keeper.id}` });
        const before = (await admin.get(`${CHATS}/${chat.id}`)).body;
        expect(await admin.post(`${CHATS}/${chat.id}/update`, { name: 'Mine' })).toMatchObject(OUTRANKED);
        expect(await admin.post(`${CHATS}/${chat.id}/delete`)).toMatchObject(OUTRANKED);
        const kick = await admin.post(`${CHATS}/${chat.id}/kick`, { user_id: keeper.id });
        expect(kick).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
        expect((await admin.get(`${CHATS}/${chat.id}`)).body).toEqual(before);
      }
    }
    const own = await given.chat({ owner: acting });
    expect((await admin.post(`${CHATS}/${own.id}/update`, { name: 'Mine' })).body.name).toBe('Mine');
    expect((await admin.post(`${CHATS}/${own.id}/delete`)).status).toBe(200);
    expect((await audited(portal)).map(({ eventType }) => eventType)).toEqual(['CHAT_UPDATE', 'CHAT_DELETE']);
  });

  test('Owners act on each other’s chats', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ owner: await portal.given.owner() });
    const owner = portal.as(await portal.given.owner());
    expect((await owner.post(`${CHATS}/${chat.id}/update`, { name: 'Ours' })).status).toBe(200);
    expect((await owner.post(`${CHATS}/${chat.id}/delete`)).status).toBe(200);
  });

  test('nobody below an Admin gets near', async () => {
    await using portal = await testPortal();
    const { given } = portal;
    const chat = await given.chat();
    const callers = {
      nobody: [portal.nobody, 401],
      client: [portal.client, 401],
      bot: [portal.holding((await given.bot()).apiKey), 401],
      stranger: [portal.as(await given.stranger()), 403],
      user: [portal.as(await given.person()), 403],
      'chat owner': [portal.as(chat.owner), 403],
      moderator: [portal.as(await given.moderator()), 403],
    } as const;
    for (const [who, [caller, status]] of Object.entries(callers)) {
      const answers = [
        await caller.get(CHATS),
        await caller.get(`${CHATS}/${chat.id}`),
        await caller.post(CHATS, { name: 'Mine', slug: 'mine' }),
        await caller.post(`${CHATS}/${chat.id}/update`, { name: 'Mine' }),
        await caller.post(`${CHATS}/${chat.id}/kick`, { user_id: chat.owner.id }),
        await caller.post(`${CHATS}/${chat.id}/transfer`, { new_owner_id: chat.owner.id }),
        await caller.post(`${CHATS}/${chat.id}/delete`),
      ];
      expect({ who, statuses: new Set(answers.map((one) => one.status)) }).toEqual({
        who,
        statuses: new Set([status]),
      });
      expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(chat.name);
    }
    expect(await audited(portal)).toEqual([]);
  });
});

const long = (length: number) => 'x'.repeat(length);

test.each<[string, object, string]>([
  ['', { slug: 'general' }, 'name'],
  ['', { name: 'x', slug: 'general' }, 'name'],
  ['', { name: 'General' }, 'slug'],
  ['', { name: 'General', slug: null }, 'slug'],
  ['', { name: 'General', slug: 'x' }, 'slug'],
  ['', { name: 'General', slug: long(33) }, 'slug'],
  ['', { name: 'General', slug: 'Général' }, 'slug'],
  ['', { name: 'General', slug: 'General' }, 'slug'],
  ['', { name: 'General', slug: 'a b' }, 'slug'],
  ['', { name: 'General', slug: 'general', description: long(501) }, 'description'],
  ['', { name: 'General', slug: 'general', allow_control_requests: 1 }, 'allow_control_requests'],
  ['', { name: 'General', slug: 'general', browser_config: { browser: 'ie' } }, 'browser_config.browser'],
  ['/1/update', { name: long(65) }, 'name'],
  ['/1/update', { name: null }, 'name'],
  ['/1/update', { visibility: 'secret' }, 'visibility'],
  ['/1/update', { label: long(33) }, 'label'],
  ['/1/update', { label: '' }, 'label'],
  ['/1/update', { label: 'a\nb' }, 'label'],
  ['/1/update', { description: long(501) }, 'description'],
  ['/1/update', { slug: 'A' }, 'slug'],
  ['/1/update', { slug: 5 }, 'slug'],
  ['/1/update', { browser_config: { start_url: 'javascript:alert(1)' } }, 'browser_config.start_url'],
  ['/1/update', { browser_config: null }, 'browser_config'],
  ['/x/update', { name: 'Cinema' }, 'chat_id'],
  ['/0/delete', {}, 'chat_id'],
  ['/1/kick', {}, 'user_id'],
  ['/1/kick', { user_id: '1' }, 'user_id'],
  ['/1/kick', { user_id: 0 }, 'user_id'],
  ['/-1/kick', { user_id: 1 }, 'chat_id'],
  ['/1/transfer', {}, 'new_owner_id'],
  ['/1/transfer', { new_owner_id: 1.5 }, 'new_owner_id'],
  ['/1e1/transfer', { new_owner_id: 1 }, 'chat_id'],
])('POST /v1/admin/chats%s with %j is refused for its %s', async (path, body, field) => {
  await using portal = await testPortal();
  await portal.given.chat();
  const answer = await portal.as(await portal.given.owner()).post(`${CHATS}${path}`, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
  expect(await audited(portal)).toEqual([]);
});

test.each([
  ['?limit=501', 'limit'],
  ['?limit=0', 'limit'],
  ['?offset=-1', 'offset'],
  ['/x', 'chat_id'],
])('GET /v1/admin/chats%s is refused for its %s', async (query, field) => {
  await using portal = await testPortal();
  const answer = await portal.as(await portal.given.admin()).get(`${CHATS}${query}`);
  expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field } });
});
