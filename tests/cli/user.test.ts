import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openHouse } from '../realtime/house.ts';
import { commandLine } from '../support/command-line.ts';
import { keyboard } from '../support/keyboard.ts';

/** `portal user …` over a data directory. */
function userKeyboard(dataDir: string) {
  const type = keyboard(dataDir);
  return (...args: string[]) => type('user', ...args);
}

function emptyInstance() {
  const dataDir = mkdtempSync(join(tmpdir(), 'portal-cli-'));
  return { user: userKeyboard(dataDir), [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) };
}

describe('portal user', () => {
  test('rename gives another name, which must be free and well-formed', async () => {
    using instance = emptyInstance();
    const { user } = instance;
    await user('create', 'grace');
    await user('create', 'ada');
    expect(await user('rename', 'GRACE', 'Hopper')).toMatchObject({ status: 0, out: 'GRACE is now Hopper.\n' });
    expect(await user('rename', 'Hopper', 'ADA')).toMatchObject({ status: 1, err: 'This name is taken\n' });
    expect((await user('rename', 'Hopper', 'a b')).status).toBe(1);
    expect(await user('rename', 'nobody', 'somebody')).toMatchObject({ status: 1, err: 'No such user\n' });
    expect(JSON.parse((await user('show', 'hopper', '--json')).out).username).toBe('Hopper');
  });

  test('promote and demote go up and down alone, as far as Owner, and keep one', async () => {
    using instance = emptyInstance();
    const { user } = instance;
    await user('create', 'grace');
    const level = async () => JSON.parse((await user('show', 'grace', '--json')).out).permission_level;
    expect(await user('promote', 'grace')).toMatchObject({ status: 2 });
    expect(await user('promote', 'grace', '--to', 'user')).toMatchObject({ status: 2 });
    expect((await user('promote', 'grace', '--to', 'admin')).out).toContain('grace now has the level admin');
    expect(await user('promote', 'grace', '--to', 'moderator')).toMatchObject({
      status: 1,
      err: 'grace has the level admin, which is not below moderator\n',
    });
    expect((await user('demote', 'grace', '--to', 'moderator')).status).toBe(0);
    expect(await level()).toBe(1);
    expect((await user('promote', 'grace', '--to', 'owner')).status).toBe(0);
    expect(await user('demote', 'grace')).toMatchObject({
      status: 1,
      err: 'This is the last Owner: make another one first\n',
    });
    expect(await level()).toBe(3);
    await user('create', 'ada');
    await user('promote', 'ada', '--to', 'owner');
    expect(JSON.parse((await user('demote', 'grace', '--json')).out)).toMatchObject({ permission_level: 0 });
  });

  test('delete wants to hear yes, and then leaves nothing', async () => {
    using instance = emptyInstance();
    const { user } = instance;
    await user('create', 'mallory');
    expect(await user('delete', 'mallory')).toMatchObject({ status: 2 });
    expect((await user('show', 'mallory')).status).toBe(0);
    expect(await user('delete', 'mallory', '--yes')).toMatchObject({
      status: 0,
      out: 'mallory is deleted, with everything they owned.\n',
    });
    expect(await user('show', 'mallory')).toMatchObject({ status: 1, err: 'No such user\n' });
    expect((await user('list', '--json')).out).toBe('[]\n');
    await user('create', 'boss');
    await user('promote', 'boss', '--to', 'owner');
    expect(await user('delete', 'boss', '--yes')).toMatchObject({ status: 1 });
  });

  test('has an example in each help', async () => {
    using instance = emptyInstance();
    for (const command of ['rename', 'promote', 'demote', 'delete'])
      expect((await instance.user(command, '--help')).out).toContain(`portal user ${command} `);
  });
});

test('while the server runs, what the operator does to accounts counts on open sockets at once', async () => {
  await using house = await openHouse();
  const control = listenForCommands(house.dataDir, (request) => perform(house, request), silentLogger);
  const user = userKeyboard(house.dataDir);
  const [eve, bob] = [await house.given.person(), await house.given.person()];
  const chat = await house.given.chat({ visibility: 'public' });
  const [eveSocket, bobSocket] = [await house.dial(eve), await house.dial(bob)];
  await bobSocket.join(chat.id);

  expect((await user('promote', eve.username, '--to', 'moderator')).status).toBe(0);
  expect(await eveSocket.call('room:kick', { chat_id: chat.id, user_id: bob.id })).toMatchObject({ ok: true });
  expect((await user('delete', eve.username, '--yes')).status).toBe(0);
  expect(await eveSocket.heard('session:ended')).toEqual({ reason: 'destroyed' });
  await control.stop();
});

test('a name may begin with a dash: it goes behind two dashes, and whoever forgets them is told', async () => {
  await using cli = commandLine();
  const made = await cli.portal('user', 'create', '--', '-ada');
  expect(made).toMatchObject({ status: 0, out: expect.stringContaining('portal login-code -- -ada') });
  expect(JSON.parse((await cli.portal('user', 'show', '--json', '--', '-ada')).out).username).toBe('-ada');
  expect(await cli.portal('login-code', '-ada')).toMatchObject({ status: 2, err: expect.stringContaining('-- -ada') });
  expect((await cli.portal('serve', '-ada')).err).not.toContain('two dashes');
});
