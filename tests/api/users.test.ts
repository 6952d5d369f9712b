import { describe, expect, test } from 'bun:test';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { testPortal } from '../support/portal.ts';

const ME = '/v1/users/me';
const UPDATE = `${ME}/update`;

describe('one’s own profile', () => {
  test('holds every promised field and no secret', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.premium('Ada');
    const { status, body } = await portal.as(ada).get(ME);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: ada.id,
      username: 'Ada',
      avatar_url: null,
      subscription_tier: 3,
      state: 0,
      permission_level: 0,
      subscription_expires_at: null,
      subscription_granted_by: null,
      last_activity_at: '2026-01-01T00:00:00.000Z',
      permission_since: null,
      avatar_source: null,
      linked_platforms: [],
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    });
  });

  test('is nobody else’s', async () => {
    await using portal = await testPortal();
    const [ada, eve] = [await portal.given.person(), await portal.given.person()];
    expect((await portal.as(eve).get(ME)).body.id).toBe(eve.id);
    expect((await portal.as(ada).get(ME)).body.id).toBe(ada.id);
  });

  test('can be read by who is timed out, with their state, but not changed', async () => {
    await using portal = await testPortal();
    const eve = await portal.given.person({ username: 'eve' });
    await portal.given.state(eve, 1, MINUTE_MS);
    expect(await portal.as(eve).get(ME)).toMatchObject({ status: 200, body: { state: 1 } });
    const refused = await portal.as(eve).post(UPDATE, { username: 'mallory' });
    expect(refused).toMatchObject({
      status: 403,
      body: { code: 'ERR_TIMED_OUT', ttl: 60, expires_at: '2026-01-01T00:01:00.000Z' },
    });
    expect((await portal.as(eve).get(ME)).body.username).toBe('eve');
    await portal.timers.advance(MINUTE_MS);
    expect((await portal.as(eve).post(UPDATE, { username: 'mallory' })).status).toBe(200);
  });

  test('says when the person was last active, once that is written down', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.timers.advance(10_000);
    await portal.as(ada).get(ME);
    await portal.timers.advance(30_000);
    expect((await portal.as(ada).get(ME)).body.last_activity_at).toBe('2026-01-01T00:00:10.000Z');
  });
});

describe('changing it', () => {
  test('takes name and picture at once', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    await portal.timers.advance(1000);
    const { status, body } = await portal.as(ada).post(UPDATE, { username: 'Ada.L-1_x', avatar_source: 'discord_2' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      errors: null,
      user: {
        username: 'Ada.L-1_x',
        avatar_source: 'discord_2',
        avatar_url: '/avatars/discord_2.svg',
        updated_at: '2026-01-01T00:00:01.000Z',
      },
    });
    expect((await portal.as(ada).get(ME)).body).toEqual(body.user);
  });

  test('keeps the good field when the other is refused', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    const badPicture = await portal.as(ada).post(UPDATE, { username: 'ada2', avatar_source: 'x'.repeat(33) });
    expect(badPicture).toMatchObject({ status: 200, body: { user: { username: 'ada2', avatar_source: null } } });
    expect(badPicture.body.errors).toEqual({ avatar_source: expect.stringContaining('discord_0') });
    const badName = await portal.as(ada).post(UPDATE, { username: 'a', avatar_source: 'discord_1' });
    expect(badName.body.user).toMatchObject({ username: 'ada2', avatar_source: 'discord_1' });
    expect(badName.body.errors).toEqual({ username: 'username must be at least 3 characters' });
  });

  const letters = 'username may hold letters, digits, dots, underscores and hyphens only';
  test.each([
    ['', 'username must be at least 3 characters'],
    ['ab', 'username must be at least 3 characters'],
    ['x'.repeat(33), 'username must be at most 32 characters'],
    ['a b c', letters],
    ['аda', letters],
    ['ada\n', letters],
    ['ada\u0000', letters],
    ['ad\ud800', letters],
    ['<b>ada</b>', letters],
  ])('the name %j is refused with a sentence, and the old one stays', async (username, sentence) => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    const { status, body } = await portal.as(ada).post(UPDATE, { username });
    expect(status).toBe(200);
    expect(body.errors).toEqual({ username: sentence });
    expect(body.user.username).toBe('ada');
  });

  test('names are unique without regard to case; one’s own may change its case', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    const bob = await portal.given.person({ username: 'bob' });
    const taken = await portal.as(bob).post(UPDATE, { username: 'ADA' });
    expect(taken.body).toMatchObject({ errors: { username: 'This name is taken' }, user: { username: 'bob' } });
    expect((await portal.as(ada).post(UPDATE, { username: 'ADA' })).body).toMatchObject({
      errors: null,
      user: { username: 'ADA' },
    });
    expect((await portal.as(bob).post(UPDATE, { username: 'ada' })).body.errors).not.toBeNull();
  });

  test('of two who want one name at once exactly one gets it', async () => {
    await using portal = await testPortal();
    const people = await Promise.all([1, 2, 3].map(() => portal.given.person()));
    const spellings = ['wanted', 'Wanted', 'WANTED'];
    const answers = await Promise.all(
      people.map((person, index) => portal.as(person).post(UPDATE, { username: spellings[index] })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ body }) => body.errors === null)).toHaveLength(1);
  });

  test('a linked platform’s picture can be chosen, somebody else’s platform cannot, "" clears', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person();
    await portal.given.identity(ada, 'telegram', '1');
    const chosen = await portal.as(ada).post(UPDATE, { avatar_source: 'telegram' });
    expect(chosen.body).toMatchObject({ errors: null, user: { avatar_source: 'telegram' } });
    for (const avatar_source of ['discord', 'discord_6', '../x', '__proto__', 'https://evil.example/a.png']) {
      const { body } = await portal.as(ada).post(UPDATE, { avatar_source });
      expect(body.errors).toHaveProperty('avatar_source');
      expect(body.user.avatar_source).toBe('telegram');
    }
    const cleared = await portal.as(ada).post(UPDATE, { avatar_source: '' });
    expect(cleared.body).toMatchObject({ errors: null, user: { avatar_source: null, avatar_url: null } });
  });

  test('no field at all is 400, also where only unknown ones came', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    for (const body of [undefined, '', {}, { id: 7, permission_level: 3 }]) {
      const answer = await portal.as(ada).post(UPDATE, body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'ERR_BAD_REQUEST' } });
    }
  });

  test('fields of the wrong type are 400, and unknown ones change nothing', async () => {
    await using portal = await testPortal();
    const ada = await portal.given.person({ username: 'ada' });
    for (const body of [{ username: 5 }, { username: null }, { username: ['ada2'] }, { username: { a: 1 } }])
      expect(await portal.as(ada).post(UPDATE, body)).toMatchObject({
        status: 400,
        body: { field: 'username', error: 'username must be a string' },
      });
    expect(await portal.as(ada).post(UPDATE, { avatar_source: null })).toMatchObject({
      status: 400,
      body: { field: 'avatar_source' },
    });
    await portal.as(ada).post(UPDATE, { username: 'ada2', permission_level: 3, state: 2, id: 99 });
    expect((await portal.as(ada).get(ME)).body).toMatchObject({
      id: ada.id,
      username: 'ada2',
      permission_level: 0,
      state: 0,
    });
  });
});
