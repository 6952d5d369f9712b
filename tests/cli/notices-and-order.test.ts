import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openHouse } from '../realtime/house.ts';
import { keyboard } from '../support/keyboard.ts';

/** A data directory that no server uses. */
function emptyInstance() {
  const dataDir = mkdtempSync(join(tmpdir(), 'portal-cli-'));
  return { type: keyboard(dataDir), [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** A running server with its control socket. */
async function runningInstance() {
  const house = await openHouse();
  const control = listenForCommands(house.dataDir, (request) => perform(house, request), silentLogger);
  return {
    house,
    type: keyboard(house.dataDir),
    async [Symbol.asyncDispose]() {
      await control.stop();
      await house[Symbol.asyncDispose]();
    },
  };
}

describe('without a server', () => {
  test('subscriptions are given, listed, taken back', async () => {
    using instance = emptyInstance();
    const { type } = instance;
    await type('user', 'create', 'grace');
    const granted = await type(
      'subscription',
      'grant',
      'grace',
      '--tier',
      'premium',
      '--days',
      '30',
      '--reason',
      'Quiz',
    );
    expect(granted).toEqual({ status: 0, out: 'Subscription granted to user 1 for 30 days\n', err: '' });
    expect((await type('subscription', 'list')).out).toMatch(
      /^ID {2}USERNAME {2}TIER {5}UNTIL\n1 {3}grace {5}premium {2}\d{4}-/,
    );
    const { users } = JSON.parse((await type('subscription', 'list', '--tier', 'premium', '--json')).out);
    expect(users).toMatchObject([{ id: 1, name: 'grace', tier: 2, is_active: true }]);
    expect(JSON.parse((await type('subscription', 'list', '--tier', 'trial', '--json')).out)).toEqual({ users: [] });
    const revoked = await type('subscription', 'revoke', 'GRACE', '--reason', 'Called back', '--json');
    expect(JSON.parse(revoked.out)).toEqual({ message: 'Subscription revoked for user 1' });
    expect((await type('subscription', 'grant', 'grace', '--tier', 'trial')).status).toBe(0);
    const again = await type('subscription', 'grant', 'grace', '--tier', 'trial');
    expect(again).toEqual({ status: 1, out: '', err: 'This account has had its trial\n' });
  });

  test('people are banned, let in again, warned and timed out, and the audit log tells', async () => {
    using instance = emptyInstance();
    const { type } = instance;
    await type('user', 'create', 'eve');
    const state = async () => JSON.parse((await type('user', 'show', 'eve', '--json')).out).state;
    expect((await type('user', 'ban', 'eve', '--reason', 'Spam', '--for', '7d')).out).toBe('User 1 banned\n');
    expect(await state()).toBe(2);
    expect((await type('user', 'unban', 'eve')).out).toBe('User 1 unbanned\n');
    expect(await state()).toBe(0);
    expect((await type('user', 'warn', 'eve', '--reason', 'Spam')).status).toBe(0);
    expect((await type('user', 'timeout', 'eve', '--for', '2h', '--reason', 'Cool down')).status).toBe(0);
    expect(await state()).toBe(1);
    const entries = JSON.parse((await type('audit', '--since', '24h', '--json')).out);
    expect(entries.map(({ event_type }: { event_type: string }) => event_type)).toEqual([
      'USER_TIMEOUT',
      'USER_WARN',
      'USER_UNBAN',
      'USER_BAN',
      'USER_CREATE',
    ]);
    expect(entries[0]).toMatchObject({ actor: null, actor_id: null, event_metadata: { actor: 'console' } });
    const { out } = await type('audit', '--event', 'user_ban', '--entity', 'user', '--entity-id', '1', '--limit', '5');
    expect(out).toMatch(/^WHEN .*\n\S+Z {2}USER_BAN {2}user 1 {2}console {2}username="eve" reason="Spam" expires_at="/);
    expect((await type('audit', '--event', 'CHAT_KICK')).out).toBe('There are no entries.\n');
  });

  test('notices are sent and kept for whoever comes', async () => {
    using instance = emptyInstance();
    const { type } = instance;
    for (const name of ['grace', 'linus']) await type('user', 'create', name);
    const notice = ['--title', 'Movie night', '--body', 'Tonight'];
    expect((await type('notify', 'grace', ...notice)).out).toBe('Notification sent to 1 user\n');
    const all = await type('notify', '--all', ...notice, '--type', 'warning', '--json');
    expect(JSON.parse(all.out)).toEqual({ message: 'Notification sent to 2 users', count: 2 });
    expect((await type('announcement', 'create', ...notice, '--for', '2h')).out).toBe('Announcement 1 is published.\n');
    expect((await type('announcement', 'list')).out).toContain('1   info  Movie night');
    expect((await type('announcement', 'delete', '1')).out).toBe('Announcement 1 deleted\n');
    expect(JSON.parse((await type('announcement', 'list', '--json')).out)).toEqual([]);
    expect(await type('announcement', 'delete', '1')).toMatchObject({ status: 1, err: 'No such announcement\n' });
  });

  test('what is used wrongly ends with 2, what cannot be done with 1, and nothing happens', async () => {
    using instance = emptyInstance();
    const { type } = instance;
    await type('user', 'create', 'grace');
    const notice = ['--title', 't', '--body', 'b'];
    for (const wrong of [
      ['user', 'ban', 'grace'],
      ['user', 'timeout', 'grace', '--reason', 'x'],
      ['user', 'timeout', 'grace', '--reason', 'x', '--for', '2x'],
      ['user', 'timeout', 'grace', '--reason', 'x', '--for', '0s'],
      ['user', 'timeout', 'grace', '--reason', 'x', '--for', '3651d'],
      ['user', 'warn', '--reason', 'x'],
      ['subscription', 'grant', 'grace'],
      ['subscription', 'grant', 'grace', '--tier', 'basic'],
      ['subscription', 'grant', 'grace', '--tier', 'premium'],
      ['subscription', 'grant', 'grace', '--tier', 'trial', '--days', '3'],
      ['subscription', 'revoke', 'grace'],
      ['notify', ...notice],
      ['notify', 'grace', '--all', ...notice],
      ['notify', '--all', '--title', 't'],
      ['announcement', 'create', '--title', 't'],
      ['announcement', 'delete', 'first'],
      ['audit', '--event', 'NO_SUCH'],
      ['audit', '--since', 'yesterday'],
      ['audit', '--limit', '0'],
    ])
      expect({ wrong, ...(await type(...wrong)) }).toMatchObject({ wrong, status: 2, out: '' });
    for (const impossible of [
      ['user', 'ban', 'nobody', '--reason', 'x'],
      ['subscription', 'grant', 'nobody', '--tier', 'lifetime'],
      ['notify', 'grace', 'nobody', ...notice],
      ['audit', '--actor', 'nobody'],
    ])
      expect({ impossible, ...(await type(...impossible)) }).toMatchObject({
        impossible,
        status: 1,
        out: '',
        err: 'No such user\n',
      });
    const entries = JSON.parse((await type('audit', '--json')).out);
    expect(entries).toMatchObject([{ event_type: 'USER_CREATE' }]);
  });

  test('each command shows an example in its help', async () => {
    using instance = emptyInstance();
    for (const command of [
      ['user', 'ban'],
      ['user', 'unban'],
      ['user', 'warn'],
      ['user', 'timeout'],
      ['subscription', 'grant'],
      ['subscription', 'revoke'],
      ['subscription', 'list'],
      ['notify'],
      ['announcement', 'create'],
      ['announcement', 'list'],
      ['announcement', 'delete'],
      ['audit'],
    ])
      expect((await instance.type(...command, '--help')).out).toContain(`Example:\n  portal ${command.join(' ')}`);
  });
});

describe('beside a running server', () => {
  test('a ban and a notice count at once for whoever is there', async () => {
    await using instance = await runningInstance();
    const { house, type } = instance;
    const [ada, eve] = [await house.given.person({ username: 'ada' }), await house.given.person({ username: 'eve' })];
    const [adas, eves] = [await house.dial(ada), await house.dial(eve)];
    expect((await type('notify', 'ada', 'eve', '--title', 'Hello', '--body', 'You two')).status).toBe(0);
    for (const one of [adas, eves]) expect(await one.heard('notification:new')).toMatchObject({ created_by: null });
    await type('announcement', 'create', '--title', 'Maintenance', '--body', 'Soon');
    expect(await adas.heard('announcement:new')).toMatchObject({ title: 'Maintenance', expires_at: null });
    expect((await type('user', 'ban', 'eve', '--reason', 'Spam')).out).toBe(`User ${eve.id} banned\n`);
    expect(await eves.heard('session:ended')).toEqual({ reason: 'banned' });
    await type('user', 'timeout', 'ada', '--for', '1h', '--reason', 'Rest');
    expect(await adas.heard('session:ended')).toEqual({ reason: 'timeout' });
    expect(await type('subscription', 'revoke', 'ada', '--reason', 'x')).toMatchObject({
      status: 1,
      err: 'This account has no subscription\n',
    });
  });
});
