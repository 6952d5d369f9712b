import { expect, test } from 'bun:test';
import { CONSOLE } from '../../src/core/principal.ts';
import { testPortal } from '../support/portal.ts';

const WAYS = '/v1/authentication/ways';

test('without a bot there is no way in but codes from the operator, and coming as a stranger', async () => {
  await using portal = await testPortal();
  expect(await portal.client.get(WAYS)).toMatchObject({ status: 200, body: { strangers: true, ways: [] } });
  expect((await portal.client.get(WAYS)).body.registration).toBe('open');
  await using alone = await testPortal({ env: { PORTAL_STRANGERS: 'off' } });
  expect((await alone.client.get(WAYS)).body.strangers).toBe(false);
});

test('a platform is a way while a bot of it is active, once however many there are', async () => {
  await using portal = await testPortal();
  const { botManagement } = portal.modules;
  const [telegram, first, second] = [
    await portal.given.bot('telegram'),
    await portal.given.bot('discord'),
    await portal.given.bot('discord'),
  ];
  const discord = { id: 'bot:discord', kind: 'code', platform: 'discord', name: 'Discord' };
  const other = { id: 'bot:telegram', kind: 'code', platform: 'telegram', name: 'Telegram' };
  const ways = async () => (await portal.client.get(WAYS)).body.ways;
  expect(await ways()).toEqual([discord, other]);
  await botManagement.update(CONSOLE, first.id, { is_active: false });
  expect(await ways()).toEqual([discord, other]);
  await botManagement.delete(CONSOLE, second.id);
  expect(await ways()).toEqual([other]);
  await botManagement.update(CONSOLE, telegram.id, { is_active: false });
  expect(await ways()).toEqual([]);
});

test('the platform of a way is what a code is requested for', async () => {
  await using portal = await testPortal();
  await portal.given.bot('my_forum');
  const [way] = (await portal.client.get(WAYS)).body.ways;
  expect(way).toMatchObject({ id: 'bot:my_forum', name: 'My forum' });
  const body = { platform: way.platform, platform_user_id: '4711' };
  expect((await portal.client.post('/v1/authentication/request', body)).status).toBe(200);
});
