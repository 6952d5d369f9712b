import { expect, test } from 'bun:test';
import { commandLine } from '../support/command-line.ts';

test('a bot’s life by the command line: made, listed, verified, given a new key, deleted', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');

  const made = await cli.json('bot', 'create', 'Doorkeeper', '--platform', 'discord', '--owner', 'ADA');
  expect(made).toEqual({
    bot: expect.objectContaining({ id: 1, name: 'Doorkeeper', platform: 'discord', owner_id: 1, bot_type: 3 }),
    api_key: expect.stringMatching(/^hbot_[0-9A-Za-z]{38}$/),
  });
  expect(await cli.json('bot', 'list')).toEqual([made.bot]);
  expect(await cli.json('bot', 'set-type', '1', 'official')).toMatchObject({ bot_type: 1, is_verified: true });
  const rotated = await cli.json('bot', 'rotate-key', '1');
  expect(rotated.api_key).not.toBe(made.api_key);
  expect(await cli.json('bot', 'delete', '1')).toEqual({ message: 'Bot 1 deleted' });
  expect(await cli.json('bot', 'list')).toEqual([]);
});

test('people read what was done, and the key only when it is made', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  const create = ['bot', 'create', 'Porter', '--platform', 'irc', '--owner', 'ada', '--rate-limit', '50'];
  const made = await cli.portal(...create);
  expect(made).toMatchObject({ status: 0, err: '', out: expect.stringContaining('hbot_') });
  const list = await cli.portal('bot', 'list');
  expect(list.out).toMatch(/1\s+Porter\s+irc\s+community\s+active\s+1\s+50/);
  expect(list.out).not.toContain('hbot_');
  expect((await cli.portal('bot', 'set-type', '1', 'verified')).out).toBe('Porter now has the type verified.');
  expect((await cli.portal('bot', 'delete', '1')).out).toBe('Bot 1 deleted.');
  expect((await cli.portal('bot', 'list')).out).toBe('There are no bots yet.');
});

test.each([
  [['bot', 'create', 'Porter', '--platform', 'discord', '--owner', 'nobody'], 1, 'No such user'],
  [['bot', 'create', 'Porter', '--platform', 'Discord!', '--owner', 'ada'], 1, 'platform'],
  [['bot', 'create', 'x', '--platform', 'discord', '--owner', 'ada'], 1, 'name'],
  [['bot', 'create', 'Porter', '--owner', 'ada'], 2, '--platform'],
  [['bot', 'create', 'Porter', '--platform', 'irc', '--owner', 'ada', '--rate-limit', '0'], 2, 'whole number'],
  [['bot', 'set-type', '1', 'verified'], 1, 'No such bot'],
  [['bot', 'set-type', '1', 'famous'], 2, 'official, verified, community'],
  [['bot', 'rotate-key', '9'], 1, 'No such bot'],
  [['bot', 'delete', '9'], 1, 'No such bot'],
  [['bot', 'delete', 'Porter'], 2, 'whole number'],
  [['bot', 'delete'], 2, 'missing required argument'],
])('%j ends with status %d and a sentence', async (args, status, sentence) => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  const said = await cli.portal(...args);
  expect(said).toMatchObject({ status, out: '', err: expect.stringContaining(sentence) });
  expect(await cli.json('bot', 'list')).toEqual([]);
});
