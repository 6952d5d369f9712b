import { expect, test } from 'bun:test';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openHouse } from '../realtime/house.ts';
import { commandLine } from '../support/command-line.ts';
import { keyboard } from '../support/keyboard.ts';

test('a chat’s life by the command line: made official, listed, shown, handed over, deleted', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  await cli.json('owner', 'create', 'bob');
  await cli.json('user', 'create', 'grace');

  const made = await cli.json('chat', 'create-official', 'General', '--slug', 'general', '--description', 'For all');
  expect(made).toMatchObject({
    chat_id: 1,
    chat_name: 'General',
    username: 'ada',
    browser: 'chromium',
    visibility: 'official',
    slug: 'general',
    description: 'For all',
  });
  const listed = await cli.json('chat', 'list');
  expect(listed).toMatchObject([{ id: 1, owner_id: 1, owner: { username: 'ada' }, visibility: 'official' }]);
  expect(await cli.json('chat', 'show', '1')).toEqual({
    ...listed[0],
    browser_config: { browser: 'chromium', start_url: null, kiosk: false, preview: true },
    member_count: 0,
    members: [],
  });
  const handed = await cli.json('chat', 'transfer', '1', 'GRACE');
  expect(handed).toEqual({ message: "Chat 'General' transferred to user 3" });
  expect(await cli.json('chat', 'show', '1')).toMatchObject({ owner_id: 3, members: [{ user: { username: 'ada' } }] });
  expect(await cli.json('chat', 'delete', '1', '--yes')).toEqual({ message: "Chat 'General' deleted" });
  expect(await cli.json('chat', 'list')).toEqual([]);
  const log = await cli.json('audit', '--entity', 'chat');
  expect(log).toMatchObject([
    { event_type: 'CHAT_DELETE', actor_id: null, event_metadata: { actor: 'console', name: 'General' } },
    { event_type: 'CHAT_TRANSFER', event_metadata: { owner_id: { from: 1, to: 3 } } },
    { event_type: 'CHAT_CREATE', event_metadata: { slug: 'general' } },
  ]);
});

test('people read what was done', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  await cli.json('owner', 'create', 'bob');
  await cli.json('user', 'create', 'grace');
  expect((await cli.portal('chat', 'list')).out).toBe('There are no chats yet.');
  const create = ['chat', 'create-official', 'Cinema', '--slug', 'cinema', '--owner', 'bob', '--browser', 'firefox'];
  const made = await cli.portal(...create, '--start-url', 'https://example.com', '--control-requests');
  expect(made).toEqual({
    status: 0,
    out: 'Official chat 1 belongs to bob. People join it by "cinema".',
    err: '',
  });
  expect((await cli.portal('chat', 'list')).out).toMatch(
    /^ID {2}NAME {4}VISIBILITY {2}SLUG {4}OWNER {2}HERE {2}LAST ACTIVE\n1 {3}Cinema {2}official {4}cinema {2}bob {4}0 {5}20/,
  );
  expect((await cli.portal('chat', 'transfer', '1', 'grace')).out).toBe("Chat 'Cinema' transferred to user 3.");
  const { out } = await cli.portal('chat', 'show', '1');
  expect(out).toMatch(/^id {11}1\nname {9}Cinema\nvisibility {3}official\nslug {9}cinema\nlabel {8}–\n/);
  expect(out).toContain('\nbrowser      firefox, https://example.com\n');
  expect(out).toMatch(/\n\nID {2}MEMBER {2}LEVEL {2}STATE {2}SINCE\n2 {3}bob {5}owner {2}– {6}20/);
  expect((await cli.portal('chat', 'delete', '1', '--yes')).out).toBe("Chat 'Cinema' deleted.");
});

test('without an Owner there is nobody to whom an official chat could belong', async () => {
  await using cli = commandLine();
  await cli.json('user', 'create', 'grace');
  const said = await cli.portal('chat', 'create-official', 'General', '--slug', 'general');
  expect(said).toEqual({
    status: 1,
    out: '',
    err: 'There is no Owner to whom the chat could belong: portal owner create makes one',
  });
});

test.each([
  [['create-official', 'General'], 2, '--slug'],
  [['create-official', '--slug', 'general'], 2, 'missing required argument'],
  [['create-official', 'x', '--slug', 'general'], 1, 'name must be at least 2 characters'],
  [['create-official', 'General', '--slug', 'A b'], 1, 'slug may hold lower-case letters, digits and hyphens only'],
  [['create-official', 'General', '--slug', 'general', '--browser', 'ie'], 2, 'chromium, firefox, brave, tor'],
  [['create-official', 'General', '--slug', 'general', '--start-url', 'x'], 1, 'start_url must be an http'],
  [['create-official', 'General', '--slug', 'general', '--owner', 'nobody'], 1, 'No such user'],
  [['create-official', 'General', '--slug', 'general', '--owner', 'grace'], 1, 'belongs to an Owner of the platform'],
  [['show', '9'], 1, 'No such chat'],
  [['show', 'General'], 2, 'whole number'],
  [['show'], 2, 'missing required argument'],
  [['delete', '9', '--yes'], 1, 'No such chat'],
  [['delete', '9'], 2, '--yes'],
  [['transfer', '9', 'ada'], 1, 'No such chat'],
  [['transfer', '9', 'nobody'], 1, 'No such user'],
  [['transfer', '9'], 2, 'missing required argument'],
  [['list', '--limit', '0'], 2, 'whole number'],
  [['list', '--offset', '-1'], 2, 'whole number'],
])('chat %j ends with status %d and a sentence', async (args, status, sentence) => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  await cli.json('user', 'create', 'grace');
  const said = await cli.portal('chat', ...args);
  expect(said).toMatchObject({ status, out: '', err: expect.stringContaining(sentence) });
  expect(await cli.json('chat', 'list')).toEqual([]);
});

test('each help has an example', async () => {
  await using cli = commandLine();
  for (const command of ['list', 'show', 'delete', 'transfer', 'create-official'])
    expect((await cli.portal('chat', command, '--help')).out).toContain(`Example:\n  portal chat ${command}`);
});

test('while the server runs, whoever is in a chat hears at once what the operator does to it', async () => {
  await using house = await openHouse();
  const control = listenForCommands(house.dataDir, (request) => perform(house, request), silentLogger);
  const type = keyboard(house.dataDir);
  const chat = await house.given.chat();
  const heir = await house.given.member(chat);
  const [owners, heirs] = [await house.dial(chat.owner), await house.dial(heir)];
  for (const one of [owners, heirs]) await one.join(chat.id);

  expect((await type('chat', 'show', `${chat.id}`)).out).toMatch(/here now {5}2\n.*(\n.*)*online/);
  expect((await type('chat', 'transfer', `${chat.id}`, heir.username)).status).toBe(0);
  const owner = { id: heir.id, username: heir.username, avatar_url: null };
  for (const one of [owners, heirs]) expect(await one.heard('room:updated')).toEqual({ chat_id: chat.id, owner });
  expect(await heirs.call('room:kick', { chat_id: chat.id, user_id: chat.owner.id })).toMatchObject({ ok: true });
  expect((await type('chat', 'delete', `${chat.id}`, '--yes')).status).toBe(0);
  expect(await heirs.heard('room:destroyed')).toEqual({ chat_id: chat.id });
  await control.stop();
});

test('a port that is none is a wrong usage, and so are options that do not go together', async () => {
  await using cli = commandLine();
  for (const [args, sentence] of [
    [['serve', '--port', 'abc'], 'whole number from 0 to 65535'],
    [['serve', '--port', '65536'], 'whole number from 0 to 65535'],
    [['subscription', 'grant', 'grace', '--tier', 'premium'], '--tier premium needs --days'],
    [['subscription', 'grant', 'grace', '--tier', 'trial', '--days', '3'], '--days is only for --tier premium'],
    [['user', 'create', 'grace', '--days', '3'], '--days is only for --tier premium'],
    [['user', 'create', 'grace', '--platform', 'irc'], '--platform and --platform-id go together'],
  ] as const)
    expect({ args, ...(await cli.portal(...args)) }).toMatchObject({
      args,
      status: 2,
      out: '',
      err: expect.stringContaining(sentence),
    });
});
