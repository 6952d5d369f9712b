import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { logged } from '../support/chat-moderation.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

let portal: TestPortal;
beforeAll(async () => {
  portal = await testPortal();
});
afterAll(() => portal.close());

const PATH = '/v1/instance';
const UPDATE = '/v1/admin/instance/update';

describe('what the instance says of itself', () => {
  test('is told to everybody with the public key, before anything was set', async () => {
    await using fresh = await testPortal();
    expect(await fresh.client.get(PATH)).toMatchObject({
      status: 200,
      body: {
        name: 'Portal',
        welcome: '',
        claimed: false,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        strangers: true,
        registration: 'open',
        signed_in: null,
      },
    });
    await fresh.given.admin();
    expect((await fresh.client.get(PATH)).body.claimed).toBe(false);
    await fresh.given.owner();
    expect((await fresh.client.get(PATH)).body.claimed).toBe(true);
  });

  test('says that strangers cannot come, where the settings keep them out', async () => {
    await using alone = await testPortal({ env: { PORTAL_STRANGERS: 'off' } });
    expect((await alone.client.get(PATH)).body.strangers).toBe(false);
  });

  test('says who is signed in, and that a session has ended, as long as the public key is there', async () => {
    const [ada, stranger] = [await portal.given.person(), await portal.given.stranger()];
    const key = { 'x-api-key': portal.modules.publicKey.current() };
    for (const headers of [{}, key]) {
      expect((await portal.browserOf(ada).get(PATH, headers)).body.signed_in).toBe('user');
      expect((await portal.browserOf(stranger).get(PATH, headers)).body.signed_in).toBe('stranger');
    }
    await portal.as(ada).post('/v1/authentication/logout');
    const over = portal.browserOf(ada);
    expect(await over.get(PATH, key)).toMatchObject({ status: 200, body: { signed_in: null } });
    expect((await over.get(PATH)).status).toBe(401);
    expect(await portal.browserOf({ token: 'nonsense' }).get(PATH, key)).toMatchObject({
      status: 200,
      body: { signed_in: null },
    });
  });
});

describe('its name and welcome', () => {
  test('are an Owner’s to change; what is not given stays', async () => {
    const owner = portal.as(await portal.given.owner());
    const named = await owner.post(UPDATE, { name: '  The Harbour ' });
    expect(named).toMatchObject({ status: 200, body: { name: 'The Harbour', welcome: '', signed_in: 'user' } });
    await owner.post(UPDATE, { welcome: 'Films on Fridays.\nBring tea.' });
    const words = { name: 'The Harbour', welcome: 'Films on Fridays.\nBring tea.' };
    expect((await portal.client.get(PATH)).body).toMatchObject(words);
    await owner.post(UPDATE, { welcome: '' });
    expect((await portal.client.get(PATH)).body).toMatchObject({ name: 'The Harbour', welcome: '' });
  });

  test('survive a restart', async () => {
    const before = await testPortal();
    await before.as(await before.given.owner()).post(UPDATE, { name: 'The Harbour' });
    await before.close({ keep: true });
    await using after = await testPortal({ dataDir: before.dataDir });
    expect((await after.client.get(PATH)).body.name).toBe('The Harbour');
  });

  test('leave a record of what changed, and none of what was so already', async () => {
    await using own = await testPortal();
    const owner = await own.given.owner();
    for (const body of [{ name: 'Portal', welcome: '' }, { name: 'Quay', welcome: 'Hello' }, { name: 'Quay' }])
      expect((await own.as(owner).post(UPDATE, body)).status).toBe(200);
    expect(await logged(own, 'INSTANCE_UPDATE')).toMatchObject([
      {
        entityType: 'system',
        entityId: null,
        actorId: owner.id,
        eventMetadata: { name: ['Portal', 'Quay'], welcome: ['', 'Hello'] },
      },
    ]);
  });

  test.each([
    [{}, 'ERR_BAD_REQUEST'],
    [{ nome: 'x' }, 'ERR_BAD_REQUEST'],
    [{ name: '' }, 'ERR_VALIDATION'],
    [{ name: '  ' }, 'ERR_VALIDATION'],
    [{ name: null }, 'ERR_VALIDATION'],
    [{ name: 'x'.repeat(65) }, 'ERR_VALIDATION'],
    [{ name: 'two\nlines' }, 'ERR_VALIDATION'],
    [{ name: 'turned \u202e round' }, 'ERR_VALIDATION'],
    [{ welcome: 'x'.repeat(501) }, 'ERR_VALIDATION'],
    [{ welcome: 'a\u0000b' }, 'ERR_VALIDATION'],
    [{ name: 'Good', welcome: 5 }, 'ERR_VALIDATION'],
  ])('are not %j', async (body, code) => {
    const before = (await portal.client.get(PATH)).body;
    const owner = portal.as(await portal.given.owner());
    expect(await owner.post(UPDATE, body)).toMatchObject({ status: 400, body: { code } });
    expect((await portal.client.get(PATH)).body).toEqual(before);
  });

  test('are of full length in any script', async () => {
    const owner = portal.as(await portal.given.owner());
    const words = { name: '港'.repeat(64), welcome: '😀'.repeat(500) };
    expect((await owner.post(UPDATE, words)).body).toMatchObject(words);
  });
});
