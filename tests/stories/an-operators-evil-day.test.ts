import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlSocketPath } from '../../src/app/operations/control-protocol.ts';
import { HOUR_MS } from '../../src/core/durations.ts';
import { DATABASE_FILE } from '../../src/db/sqlite/files.ts';
import { openHouse } from '../realtime/house.ts';
import { capability } from '../support/prerequisites.ts';
import { runningServer } from '../support/running-server.ts';
import { smallDisk } from '../support/small-disk.ts';
import { eventually } from '../support/waiting.ts';

const PEOPLE = 4000;
const SOMEBODY = 54_321;
const isRoot = process.getuid?.() === 0;
const TIME_LIMIT_MS = 120_000;

/** Accounts straight into the file, while no server runs. */
function addPeople(dataDir: string, howMany: number): void {
  using database = new Database(join(dataDir, DATABASE_FILE));
  const add = database.prepare(
    'insert into users (username, username_key, permission_since, last_activity_at, created_at, updated_at) values (?1, ?1, 0, 0, 0, 0)',
  );
  database.transaction(() => {
    for (let index = 0; index < howMany; index++) add.run(`person-${index}`);
  })();
}

/** How many people have how many notifications: `{ 1: 4000 }`. */
function notified(dataDir: string): Record<string, number> {
  using database = new Database(join(dataDir, DATABASE_FILE), { readonly: true });
  const rows = database
    .query<{ each: number; people: number }, []>(
      `select each, count(*) as people from
         (select count(notifications.id) as each from users left join notifications on user_id = users.id and title = 'Hello' where users.id > 0 group by users.id)
       group by each`,
    )
    .all();
  return Object.fromEntries(rows.map(({ each, people }) => [each, people]));
}

/** Stands between the commands and the server, and swallows the answers. */
async function swallowAnswers(dataDir: string): Promise<AsyncDisposable> {
  const path = controlSocketPath(dataDir);
  const real = `${path}.real`;
  renameSync(path, real);
  const between = createServer((command) => {
    const server = connect(real);
    command.pipe(server);
    server.on('data', (data) => (String(data).includes('"ok"') ? command.destroy() : command.write(data)));
    for (const socket of [command, server]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => between.listen(path, resolve));
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => between.close(resolve));
      renameSync(real, path);
    },
  };
}

test(
  'the reader of the log leaves, the server is stopped amid a notification to everybody, an answer is lost: all is done once',
  async () => {
    await using first = await runningServer();
    await first.log.cancel();
    expect((await first.portal('owner', 'create', 'ada')).status).toBe(0);
    expect(await first.stop()).toBe(0);
    addPeople(first.dataDir, PEOPLE);

    await using second = await runningServer({ directory: first.directory });
    const notify = second.portal('notify', '--all', '--title', 'Hello', '--body', 'All of you.');
    await eventually(() => notified(second.dataDir)[1] !== undefined);
    const stopped = second.stop();
    const { status, out, err } = await notify;
    if (status === 0) expect(out).toContain(`${PEOPLE + 1} users`);
    else expect(err).toContain('goes on at the next start');
    expect(await stopped).toBe(0);

    await using third = await runningServer({ directory: first.directory });
    await eventually(() => notified(third.dataDir)[0] === undefined);
    expect(notified(third.dataDir)).toEqual({ 1: PEOPLE + 1 });

    const grant = ['subscription', 'grant', 'ada', '--tier', 'premium', '--days', '30'];
    {
      await using _ = await swallowAnswers(third.dataDir);
      expect(await third.portal(...grant)).toMatchObject({
        status: 1,
        out: '',
        err: expect.stringContaining('may have been done, or not'),
      });
    }
    const ada = JSON.parse((await third.portal('user', 'show', 'ada', '--json')).out);
    expect(Date.parse(ada.subscription_expires_at) - Date.now()).toBeLessThan(30.5 * 24 * HOUR_MS);
    expect(await third.stop()).toBe(0);
  },
  TIME_LIMIT_MS,
);

const disk = smallDisk(3);

test.skipIf(!disk)(
  'the disk fills up: what is refused says why, what was acknowledged stays, and with room again all goes on',
  async () => {
    using full = disk?.open();
    if (!full) return;
    await using server = await runningServer({ directory: full.folder, env: { PORTAL_DATA_DIR: full.folder } });
    const names = async () =>
      JSON.parse((await server.portal('user', 'list', '--json')).out).map(
        ({ username }: { username: string }) => username,
      );
    const room = /There is no room left|no room|full/;
    await server.portal('owner', 'create', 'ada');

    full.fill();
    for (const args of [
      ['user', 'create', 'grace'],
      ['subscription', 'grant', 'ada', '--tier', 'lifetime'],
      ['backup', 'create'],
    ]) {
      const { status, err } = await server.portal(...args);
      expect({ args, status, err }).toEqual({ args, status: 1, err: expect.stringMatching(room) });
      expect(err).not.toMatch(/\n\s+at /);
    }
    expect(await names()).toEqual(['ada']);
    const health = async () => (await fetch(`${server.url}/health`)).json();
    expect(await health()).toMatchObject({ status: 'degraded', errors: [expect.stringMatching(room)] });
    expect((await server.portal('healthcheck')).status).toBe(0);
    expect(await server.portal('backup', 'list', '--json')).toMatchObject({ status: 0, out: '[]' });

    full.empty();
    expect((await server.portal('user', 'create', 'linus')).status).toBe(0);
    expect(await health()).toMatchObject({ status: 'healthy', errors: [] });
    full.fill();
    expect(await server.stop()).toBe(0);

    full.empty();
    await using again = await runningServer({ directory: full.folder, env: { PORTAL_DATA_DIR: full.folder } });
    expect(JSON.parse((await again.portal('user', 'list', '--json')).out)).toHaveLength(2);
    expect((await again.portal('backup', 'create')).status).toBe(0);
  },
  TIME_LIMIT_MS,
);

test('the clock goes back an hour: people speak on, in order, and nobody is locked out', async () => {
  await using house = await openHouse({ env: { PORTAL_LIMITS: 'on' } });
  const ada = await house.given.premium('ada');
  const chat = await house.given.chat({ owner: ada });
  const room = await (await house.client(ada)).join(chat.id);
  if (!room.hasKey) await room.next('key');
  await room.send('at noon');
  house.timers.jump(-HOUR_MS);
  await room.send('at eleven');
  await eventually(() => room.messages.filter(({ body }) => body?.startsWith('at ')).length === 2);
  expect(room.messages.map(({ body }) => body).filter((body) => body?.startsWith('at '))).toEqual([
    'at noon',
    'at eleven',
  ]);
  expect((await house.as(ada).get('/v1/users/me')).status).toBe(200);
  expect((await fetch(`${house.url}/health`)).status).toBe(200);
});

const asSomebody = ['setpriv', `--reuid=${SOMEBODY}`, `--regid=${SOMEBODY}`, '--clear-groups'];
const canBeSomebody = capability(
  'start a server as somebody else',
  isRoot && Bun.spawnSync([...asSomebody, process.execPath, '--version'], { stderr: 'ignore' }).success,
);

test.skipIf(!canBeSomebody)(
  'root restores a backup of a service that has an account of its own, and the service starts on it',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portal-evil-'));
    chmodSync(folder, 0o755);
    const directory = join(folder, 'service');
    mkdirSync(directory, { mode: 0o700 });
    chownSync(directory, SOMEBODY, SOMEBODY);
    try {
      await using server = await runningServer({ directory, before: asSomebody });
      await server.portal('owner', 'create', 'ada');
      // From here on it is root who types.
      await using root = await runningServer({ env: { PORTAL_DATA_DIR: server.dataDir }, only: 'commands' });
      const { out } = await root.portal('backup', 'create', '--json');
      await server.portal('user', 'create', 'grace');
      const { file } = JSON.parse(out);
      expect(await root.portal('backup', 'restore', file, '--yes')).toMatchObject({
        status: 1,
        err: expect.stringContaining('Stop it first'),
      });
      expect(await server.stop()).toBe(0);
      expect((await root.portal('backup', 'restore', file, '--yes')).status).toBe(0);
      expect(statSync(join(server.dataDir, DATABASE_FILE)).uid).toBe(SOMEBODY);

      await using again = await runningServer({ directory, before: asSomebody });
      const { out: list } = await again.portal('user', 'list', '--json');
      expect(JSON.parse(list)).toMatchObject([{ username: 'ada' }]);
      expect(await again.stop()).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  TIME_LIMIT_MS,
);
