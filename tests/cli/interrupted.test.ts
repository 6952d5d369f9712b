import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { runningServer } from '../support/running-server.ts';
import { eventually } from '../support/waiting.ts';

const PEOPLE = 8_000;

/** Copies the only account until there are {@link PEOPLE}. */
function fill(dataDir: string): void {
  using database = new Database(join(dataDir, 'portal.db'));
  const columns = database
    .query<{ name: string }, []>("SELECT name FROM pragma_table_info('users')")
    .all()
    .map(({ name }) => name);
  const copies = columns.map((name) => {
    if (name === 'id') return 'n';
    return name === 'username' || name === 'username_key' ? "'user' || n" : name;
  });
  database.run(
    `WITH numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${PEOPLE})
     INSERT INTO users(${columns.join()}) SELECT ${copies.join()} FROM users, numbers WHERE id = 1`,
  );
}

function told(dataDir: string): { sent: number; people: number; underWay: number } {
  using database = new Database(join(dataDir, 'portal.db'), { readonly: true });
  const found = database
    .query<{ sent: number; people: number; underWay: number }, []>(
      `SELECT count(*) AS sent, count(DISTINCT user_id) AS people, (SELECT count(*) FROM broadcasts) AS underWay
       FROM notifications WHERE title = 'Maintenance'`,
    )
    .get();
  return found ?? { sent: 0, people: 0, underWay: 0 };
}

test.each([
  ['SIGTERM', 143, 'without a server'],
  ['SIGINT', 130, 'without a server'],
  ['SIGTERM', 143, 'with a server'],
] as const)(
  'a notification to everyone that %s interrupts ends with %i and says so %s, and everyone gets it once',
  async (signal, status, where) => {
    await using server = await runningServer();
    await server.portal('user', 'create', 'ada');
    await server.stop();
    fill(server.dataDir);
    if (where === 'with a server') await server.startAgain();

    const command = server.begin('notify', '--all', '--title', 'Maintenance', '--body', 'Tonight.');
    await eventually(() => told(server.dataDir).sent > 0);
    command.kill(signal);

    expect(await command.exited).toBe(status);
    expect(await new Response(command.stderr).text()).toContain('check before you repeat it');
    expect(await new Response(command.stdout as ReadableStream).text()).toBe('');
    if (where === 'without a server') {
      expect(told(server.dataDir)).toMatchObject({ underWay: 1 });
      await server.startAgain();
    }
    await eventually(() => told(server.dataDir).underWay === 0);
    expect(told(server.dataDir)).toEqual({ sent: PEOPLE, people: PEOPLE, underWay: 0 });
  },
  60_000,
);
