import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { eq } from 'drizzle-orm';
import { DAY_MS, MINUTE_MS } from '../../src/core/durations.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import { users } from '../../src/modules/people/users/users.tables.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';
import { atRest } from '../support/waiting.ts';

const CHATS = '/v1/portal/chats';
const NOT_FOUND = { status: 404, body: { code: 'ERR_NOT_FOUND', error: 'No such chat' } };

describe('making a chat', () => {
  test('gives a private one with the defaults of the contract', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium('ada');

    const made = await portal.as(ada).post(CHATS, { name: 'Movie night' });

    expect(made.status).toBe(200);
    expect(made.body).toEqual({
      id: expect.any(Number),
      chat_type: 'group',
      name: 'Movie night',
      owner: { id: ada.id, username: 'ada', avatar_url: null },
      visibility: 'private',
      label: null,
      slug: null,
      description: null,
      avatar_url: null,
      archived: false,
    });
    const { body } = await portal.as(ada).get(`${CHATS}/${made.body.id}`);
    expect(body).toEqual({
      ...made.body,
      wipe_preset: null,
      history_visible: true,
      allow_control_requests: false,
      locked_controls: false,
      implicit_hosting: false,
      inactive_cursors: false,
      browser_config: { browser: 'chromium', start_url: null, kiosk: false, preview: false },
      running: false,
      viewer_count: 0,
      can_manage: true,
    });
  });

  test('takes all it is told', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const browser_config = { browser: 'tor', start_url: 'https://example.com/?q=1', kiosk: true, preview: false };
    const asked = {
      name: '  😀 Kino  ',
      description: 'Fridays\nat eight',
      allow_control_requests: true,
      browser_config,
    };
    const { body } = await portal.as(ada).post(CHATS, asked);
    expect(body).toMatchObject({ name: '😀 Kino', description: 'Fridays\nat eight' });
    expect((await portal.as(ada).get(`${CHATS}/${body.id}`)).body).toMatchObject({
      allow_control_requests: true,
      browser_config,
    });
  });

  test('needs a paying tier that has not run out', async () => {
    await using portal = await testPortal();
    const bob = await portal.given.person();
    const refused = await portal.as(bob).post(CHATS, { name: 'Mine' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'ERR_PREMIUM_REQUIRED' } });
    const subscribe = (subscriptionTier: number, subscriptionExpiresAt: number | null) =>
      portal.database.units.run('tier', ({ db }) =>
        db.update(users).set({ subscriptionTier, subscriptionExpiresAt }).where(eq(users.id, bob.id)).returning(),
      );
    await subscribe(2, portal.timers.now());
    expect((await portal.as(bob).post(CHATS, { name: 'Mine' })).status).toBe(403);
    expect((await portal.as(bob).get(CHATS)).body).toEqual([]);
    await subscribe(1, portal.timers.now() + DAY_MS);
    expect((await portal.as(bob).post(CHATS, { name: 'Mine' })).status).toBe(200);
  });

  test('stops at the slots: premium 1, Admin 5 without any tier, Owner never', async () => {
    await using portal = await testPortal();
    const full = { status: 409, body: { code: 'ERR_CHAT_SLOT_LIMIT' } };
    const [premium, admin, owner] = [
      await portal.given.premium(),
      await portal.given.admin(),
      await portal.given.owner(),
    ];
    const make = (who: { token: string }) => portal.as(who).post(CHATS, { name: 'One more' });
    expect((await make(premium)).status).toBe(200);
    expect(await make(premium)).toMatchObject(full);
    for (let slot = 0; slot < 5; slot++) expect((await make(admin)).status).toBe(200);
    expect(await make(admin)).toMatchObject(full);
    for (let slot = 0; slot < 7; slot++) expect((await make(owner)).status).toBe(200);
    expect((await portal.as(admin).get(CHATS)).body).toHaveLength(5);
  });

  test('a moderator without a tier has no slot', async () => {
    await using portal = await testPortal();
    const answer = await portal.as(await portal.given.moderator()).post(CHATS, { name: 'Mine' });
    expect(answer.body.code).toBe('ERR_PREMIUM_REQUIRED');
  });

  test('of many made at once no more than the slots are', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => portal.as(ada).post(CHATS, { name: 'Race' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect((await portal.as(ada).get(CHATS)).body).toHaveLength(1);
  });

  const visible = 'must be one line with at least 2 visible characters';
  const address = 'must be an http or https address';
  test.each([
    [{}, 'name', 'is required'],
    [{ name: null }, 'name', 'must be a string'],
    [{ name: 5 }, 'name', 'must be a string'],
    [{ name: ['ab'] }, 'name', 'must be a string'],
    [{ name: 'a' }, 'name', 'must be at least 2 characters'],
    [{ name: 'x'.repeat(65) }, 'name', 'must be at most 64 characters'],
    [{ name: '    ' }, 'name', visible],
    [{ name: ' a ' }, 'name', visible],
    [{ name: 'a\nb' }, 'name', visible],
    [{ name: 'NUL\u0000' }, 'name', visible],
    [{ name: '\u0000\u0000' }, 'name', visible],
    [{ name: 'half \ud83d' }, 'name', visible],
    [{ name: '\udc00\ud800' }, 'name', visible],
    [{ name: 'ab', description: 5 }, 'description', 'must be a string'],
    [{ name: 'ab', description: null }, 'description', 'must be a string'],
    [{ name: 'ab', description: 'x'.repeat(501) }, 'description', 'must be at most 500 characters'],
    [{ name: 'ab', description: 'NUL\u0000' }, 'description', 'must be text without control characters'],
    [{ name: 'ab', description: '\ud800' }, 'description', 'must be text without control characters'],
    [{ name: 'ab', allow_control_requests: 'true' }, 'allow_control_requests', 'must be true or false'],
    [{ name: 'ab', allow_control_requests: 1 }, 'allow_control_requests', 'must be true or false'],
    [{ name: 'ab', browser_config: [] }, 'browser_config', 'must be an object'],
    [{ name: 'ab', browser_config: 'tor' }, 'browser_config', 'must be an object'],
    [{ name: 'ab', browser_config: null }, 'browser_config', 'must be an object'],
    [
      { name: 'ab', browser_config: { browser: 'ie' } },
      'browser_config.browser',
      'must be "chromium" or "firefox" or "brave" or "tor"',
    ],
    [{ name: 'ab', browser_config: { start_url: 'javascript:1' } }, 'browser_config.start_url', address],
    [{ name: 'ab', browser_config: { start_url: 'file:///etc/passwd' } }, 'browser_config.start_url', address],
    [{ name: 'ab', browser_config: { start_url: 'http://a\u0000' } }, 'browser_config.start_url', address],
    [
      { name: 'ab', browser_config: { start_url: `http://${'x'.repeat(2048)}` } },
      'browser_config.start_url',
      'must be at most 2048 characters',
    ],
    [{ name: 'ab', browser_config: { start_url: 5 } }, 'browser_config.start_url', 'must be a string or null'],
    [{ name: 'ab', browser_config: { kiosk: 'yes' } }, 'browser_config.kiosk', 'must be true or false'],
  ])('%j is refused with 400 that names the field, and nothing is made', async (body, field, says) => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    const answer = await portal.as(owner).post(CHATS, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field, error: `${field} ${says}` } });
    expect((await portal.as(owner).get(CHATS)).body).toEqual([]);
  });

  test('whatever is accepted survives unchanged', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    for (const name of [
      "O'Neill; drop table chats",
      '日本語',
      '👩‍👩‍👧',
      '<script>',
      '\\u0000',
      '%00',
      'x'.repeat(64),
      'ab',
    ]) {
      const { body } = await portal.as(owner).post(CHATS, { name });
      expect((await portal.as(owner).get(`${CHATS}/${body.id}`)).body.name).toBe(name);
    }
  });
});

describe('the list', () => {
  test('has an empty list of secrets in each, as documented', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const listed = (await portal.as(chat.owner).get(CHATS)).body;
    expect(listed).toMatchObject([{ id: chat.id, secrets: [] }]);
  });

  test('holds official and public chats, and private ones owned or joined; official first, then by last activity', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium();
    const owner = await portal.given.owner();
    const mine = await portal.given.chat({ owner: ada, name: 'Mine' });
    await portal.timers.advance(1000);
    const official = await portal.given.chat({ owner, name: 'Official', visibility: 'official' });
    await portal.timers.advance(1000);
    await portal.given.chat({ owner, name: 'Public', visibility: 'public' });
    await portal.timers.advance(1000);
    const joined = await portal.given.chat({ name: 'Joined' });
    await portal.given.member(joined, ada);
    await portal.given.chat({ name: 'Foreign' });
    await portal.timers.advance(1000);
    await portal.given.chat({ owner, name: 'Later', visibility: 'public' });

    const { status, body } = await portal.as(ada).get(CHATS);

    expect(status).toBe(200);
    const names = body.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['Official', 'Later', 'Joined', 'Public', 'Mine']);
    expect(body[0].id).toBe(official.id);
    expect(body.at(-1).id).toBe(mine.id);
    expect(body[0]).not.toHaveProperty('viewer_count');
  });

  describe('of many chats', () => {
    const PUBLIC = 505;
    let portal: TestPortal;
    let ada: Awaited<ReturnType<TestPortal['given']['person']>>;
    let ids: number[];
    let joinedId: number;
    const idsOf = async (query = '') =>
      (await portal.as(ada).get(`${CHATS}${query}`)).body.map(({ id }: { id: number }) => id);

    /** Two official chats, 505 public ones (one of the oldest is joined), one own; some share their time of activity. */
    beforeAll(async () => {
      portal = await testPortal();
      ada = await portal.given.premium();
      const [mine, owner] = [await portal.given.chat({ owner: ada }), await portal.given.owner()];
      const now = portal.timers.now();
      const row = (index: number) => ({
        ...{ chatType: 'group' as const, name: `Chat ${index}`, ownerId: owner.id, browserConfig: {} as never },
        ...{ visibility: index < 2 ? ('official' as const) : ('public' as const), slug: `chat-${index}` },
        ...{ lastActivityAt: now - 10 * Math.floor(index / 3), createdAt: now, updatedAt: now },
      });
      const rows = Array.from({ length: 2 + PUBLIC }, (_, index) => row(index));
      const made = await portal.database.units.run('many', async ({ db }) => {
        await db
          .update(chats)
          .set({ lastActivityAt: now - 55 })
          .where(eq(chats.id, mine.id))
          .returning();
        return db.insert(chats).values(rows).returning();
      });
      joinedId = made.at(-1)?.id ?? 0;
      await portal.given.member({ id: joinedId }, ada);
      await portal.given.chat({ name: 'Foreign' });
      ids = await idsOf('?limit=500');
      ids.push(...(await idsOf('?limit=500&offset=500')));
    });

    afterAll(() => portal.close());

    test('holds all official ones, one’s own and joined ones, and 500 public ones of the latest activity', async () => {
      const listed = await idsOf();
      expect(ids).toHaveLength(2 + PUBLIC + 1);
      expect(ids.indexOf(joinedId)).toBeGreaterThan(502);
      expect(listed).toEqual([...ids.slice(0, 2 + 500 + 1), joinedId]);
    });

    test('comes in pages of the whole, in the same order, each chat once', async () => {
      expect(new Set(ids).size).toBe(ids.length);
      for (const [offset, limit] of [
        [0, 1],
        [0, 2],
        [1, 2],
        [2, 7],
        [15, 9],
        [499, 4],
        [506, 500],
        [508, 3],
      ] as const)
        expect({ offset, ids: await idsOf(`?offset=${offset}&limit=${limit}`) }).toEqual({
          offset,
          ids: ids.slice(offset, offset + limit),
        });
    });

    test('by either parameter alone is a page as well', async () => {
      expect(await idsOf('?limit=3')).toEqual(ids.slice(0, 3));
      expect(await idsOf('?offset=3')).toEqual(ids.slice(3, 503));
      expect(await idsOf('?offset=0')).toEqual(ids.slice(0, 500));
      expect(await idsOf(`?offset=${Number.MAX_SAFE_INTEGER}`)).toEqual([]);
    });

    test('has the same fields in a page', async () => {
      const [first] = (await portal.as(ada).get(CHATS)).body;
      expect((await portal.as(ada).get(`${CHATS}?limit=1`)).body).toEqual([first]);
    });

    test.each(['limit=0', 'limit=501', 'limit=x', 'offset=-1', 'offset=1.5', 'limit='])('refuses %s', async (query) => {
      const answer = await portal.as(ada).get(`${CHATS}?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_VALIDATION', field: query.split('=')[0] } });
    });
  });

  test('loses a chat that was deleted or left', async () => {
    await using portal = await testPortal();
    const [ada, bob] = [await portal.given.premium(), await portal.given.person()];
    const chat = await portal.given.chat({ owner: ada });
    await portal.given.member(chat, bob);
    await portal.as(bob).post(`${CHATS}/${chat.id}/leave`);
    expect((await portal.as(bob).get(CHATS)).body).toEqual([]);
    await portal.as(ada).post(`${CHATS}/${chat.id}/delete`);
    expect((await portal.as(ada).get(CHATS)).body).toEqual([]);
  });
});

describe('one chat', () => {
  test('that is private does not exist for others, moderators included; members and Admins see it', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const member = await portal.given.member(chat);
    const path = `${CHATS}/${chat.id}`;
    for (const who of [await portal.given.person(), await portal.given.moderator()])
      expect(await portal.as(who).get(path)).toMatchObject(NOT_FOUND);
    for (const who of [member, await portal.given.admin(), await portal.given.owner()])
      expect(await portal.as(who).get(path)).toMatchObject({ status: 200, body: { id: chat.id, can_manage: false } });
  });

  test('that is public is 403 to whom it bans, until the ban has run out', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const eve = await portal.given.person();
    const path = `${CHATS}/${chat.id}`;
    expect((await portal.as(eve).get(path)).status).toBe(200);
    await portal.given.chatBan(chat, eve, MINUTE_MS);
    expect(await portal.as(eve).get(path)).toMatchObject({ status: 403, body: { code: 'ERR_CHAT_BANNED' } });
    expect((await portal.as(await portal.given.person()).get(path)).status).toBe(200);
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.as(eve).get(path)).status).toBe(200);
  });

  test('that is private is the same 404 to whom it bans as to whom it never knew', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const eve = await portal.given.member(chat);
    await portal.given.chatBan(chat, eve);
    expect(await portal.as(eve).get(`${CHATS}/${chat.id}`)).toMatchObject(NOT_FOUND);
  });

  test('can be managed by its owner, and a public one by who ranks above the owner', async () => {
    await using portal = await testPortal();
    const open = await portal.given.chat({ visibility: 'public' });
    const official = await portal.given.chat({ owner: await portal.given.owner(), visibility: 'official' });
    const canManage = async (who: { token: string }, chat: { id: number }) =>
      (await portal.as(who).get(`${CHATS}/${chat.id}`)).body.can_manage;
    expect(await canManage(open.owner, open)).toBe(true);
    expect(await canManage(await portal.given.person(), open)).toBe(false);
    expect(await canManage(await portal.given.moderator(), open)).toBe(true);
    expect(await canManage(await portal.given.admin(), official)).toBe(false);
    expect(await canManage(await portal.given.owner(), official)).toBe(true);
  });

  test('counts people, not their tabs', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    await portal.given.speaker(chat, chat.owner);
    const second = await portal.given.session(chat.owner);
    await portal.given.speaker(chat, { ...chat.owner, ...second });
    expect((await portal.as(chat.owner).get(`${CHATS}/${chat.id}`)).body.viewer_count).toBe(1);
  });

  const whole = 'must be an integer';
  test.each([
    ['abc', whole],
    ['1.5', whole],
    ['1e0', whole],
    ['0x1', whole],
    ['01', whole],
    ['+1', whole],
    ['1%20', whole],
    ['%20', whole],
    ['%00', whole],
    ['1%2f2', whole],
    ['null', whole],
    ['__proto__', whole],
    ['%', whole],
    ['%E0%A4%A', whole],
    ['%F0%9F%98%80', whole],
    ['0', 'must be at least 1'],
    ['-1', 'must be at least 1'],
    ['9007199254740992', 'must be at most 9007199254740991'],
    ['99999999999999999999', 'must be at most 9007199254740991'],
    ['9'.repeat(400), 'must be at most 9007199254740991'],
  ])('of the number %j is 400 and says why', async (text, says) => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answer = await portal.as(chat.owner).get(`${CHATS}/${text}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      code: 'ERR_VALIDATION',
      field: 'chat_id',
      error: `chat_id ${says}`,
      correlation_id: expect.any(String),
    });
  });

  test('that was never there is 404', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    for (const id of [1, 4711, Number.MAX_SAFE_INTEGER])
      expect(await portal.as(owner).get(`${CHATS}/${id}`)).toMatchObject(NOT_FOUND);
  });
});

describe('leaving', () => {
  test('ends membership, and the private chat is gone for who left', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const bob = await portal.given.member(chat);
    const other = await portal.given.member(chat);
    const answer = await portal.as(bob).post(`${CHATS}/${chat.id}/leave`);
    expect(answer).toMatchObject({ status: 200, body: { message: expect.any(String) } });
    expect(await portal.as(bob).get(`${CHATS}/${chat.id}`)).toMatchObject(NOT_FOUND);
    expect(await portal.as(bob).post(`${CHATS}/${chat.id}/leave`)).toMatchObject(NOT_FOUND);
    expect((await portal.as(other).get(`${CHATS}/${chat.id}`)).status).toBe(200);
  });

  test('is not for the owner, nor for who is no member', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const conflict = { status: 409, body: { code: 'ERR_CONFLICT' } };
    expect(await portal.as(chat.owner).post(`${CHATS}/${chat.id}/leave`)).toMatchObject(conflict);
    expect(await portal.as(await portal.given.person()).post(`${CHATS}/${chat.id}/leave`)).toMatchObject(conflict);
    expect((await portal.as(chat.owner).get(`${CHATS}/${chat.id}`)).body.can_manage).toBe(true);
  });

  test('a foreign chat is 404', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answer = await portal.as(await portal.given.person()).post(`${CHATS}/${chat.id}/leave`);
    expect(answer).toMatchObject(NOT_FOUND);
  });
});

describe('deleting', () => {
  test('is for the chat’s owner and destroys it for everybody', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ name: 'movie-night' });
    const member = await portal.given.member(chat);
    const invite = await portal.as(chat.owner).post(`${CHATS}/${chat.id}/invites`, {});
    await portal.given.speaker(chat, member);

    const answer = await portal.as(chat.owner).post(`${CHATS}/${chat.id}/delete`);

    expect(answer).toMatchObject({ status: 200, body: { message: "Chat 'movie-night' destroyed" } });
    for (const who of [chat.owner, member, await portal.given.owner()])
      for (const path of ['', '/history', '/invites'])
        expect(await portal.as(who).get(`${CHATS}/${chat.id}${path}`)).toMatchObject(NOT_FOUND);
    expect(await portal.as(chat.owner).post(`${CHATS}/${chat.id}/delete`)).toMatchObject(NOT_FOUND);
    const late = await portal.as(member).post(`/v1/portal/resolve/${invite.body.code}`);
    expect(late.body.code).toBe('ERR_INVITE_INVALID');
    expect((await portal.as(chat.owner).post(CHATS, { name: 'Again' })).body.id).toBeGreaterThan(chat.id);
  });

  test('is for Owners of the platform too, not for Admins, moderators, members or others', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public' });
    const member = await portal.given.member(chat);
    const remove = (who: { token: string }) => portal.as(who).post(`${CHATS}/${chat.id}/delete`);
    for (const who of [member, await portal.given.person(), await portal.given.moderator(), await portal.given.admin()])
      expect(await remove(who)).toMatchObject({ status: 403, body: { code: 'ERR_FORBIDDEN' } });
    expect((await portal.as(member).get(`${CHATS}/${chat.id}`)).status).toBe(200);
    expect((await remove(await portal.given.owner())).status).toBe(200);
  });

  test('of a foreign private chat is 404, and the chat stays', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answer = await portal.as(await portal.given.person()).post(`${CHATS}/${chat.id}/delete`);
    expect(answer).toMatchObject(NOT_FOUND);
    expect((await portal.as(chat.owner).get(`${CHATS}/${chat.id}`)).status).toBe(200);
  });

  test('twice at once happens once', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat();
    const answers = await Promise.all([1, 2].map(() => portal.as(chat.owner).post(`${CHATS}/${chat.id}/delete`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  test('gives the slug free, and what is left is cleared away', async () => {
    await using portal = await testPortal();
    const chat = await portal.given.chat({ visibility: 'public', slug: 'kino' });
    await portal.as(chat.owner).post(`${CHATS}/${chat.id}/delete`);
    const other = await portal.given.chat({ visibility: 'public', slug: 'kino' });
    const found = await portal.as(await portal.given.person()).post('/v1/portal/resolve/kino');
    expect(found.body.chat.id).toBe(other.id);
    await portal.timers.advance(MINUTE_MS);
    await atRest(portal);
    expect((await portal.as(other.owner).get(`${CHATS}/${other.id}`)).status).toBe(200);
  });
});
