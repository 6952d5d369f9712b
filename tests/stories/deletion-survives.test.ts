import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { runningBinary } from '../support/running-binary.ts';
import { eventually } from '../support/waiting.ts';

const MESSAGES = 12_000;

test('a server that is killed while it clears a deleted user away goes on after its next start', async () => {
  await using portal = await runningBinary();
  await portal.command('owner', 'create', 'boss');
  const eve = await portal.command('user', 'create', 'eve');
  const database = () => new Database(join(portal.directory, 'data', DATABASE_FILE));
  await portal.killHard();
  using filled = database();
  filled.run(
    "insert into chats (chat_type, name, visibility, browser_config, last_activity_at, created_at, updated_at) values ('group', 'Public', 'public', '{}', 1, 1, 1)",
  );
  const insert = filled.prepare(
    'insert into messages (chat_id, ms, seq, type, user_id, permission_level, epoch, content) values (1, ?, 0, ?, ?, 0, 1, ?)',
  );
  filled.transaction(() => {
    for (let index = 0; index < MESSAGES; index++) insert.run(index, 'user', eve.id, 'x'.repeat(200));
  })();
  filled.close();
  await portal.startAgain();
  const left = () => {
    using reading = database();
    const row = reading.query('select count(*) as n from messages').get() as { n: number };
    const user = reading.query('select count(*) as n from users where id = ?').get(eve.id) as { n: number };
    return { messages: row.n, user: user.n };
  };

  const deleting = portal.command('user', 'delete', 'eve', '--yes').catch((error: Error) => error);
  // The write lock stops the server where it is until it is killed, however slow this process is.
  using holding = database();
  holding.run('pragma busy_timeout = 5000');
  const isOnItsWay = () => {
    holding.run('begin immediate');
    if (left().messages < MESSAGES) return true;
    holding.run('rollback');
    return false;
  };
  await eventually(isOnItsWay);
  await portal.killHard();
  holding.run('rollback');
  await deleting;

  expect(left().user).toBe(1);
  expect(left().messages).toBeGreaterThan(0);
  await portal.startAgain();
  await expect(portal.command('user', 'show', 'eve')).rejects.toThrow('No such user');
  await eventually(() => left().user === 0, { withinMs: 30_000, found: left });
  expect(left()).toEqual({ messages: 0, user: 0 });
}, 120_000);
