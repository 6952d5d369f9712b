import { Database } from 'bun:sqlite';
import { afterEach, expect, spyOn, test } from 'bun:test';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { commandLine } from '../support/command-line.ts';
import { testPortal } from '../support/portal.ts';

type Cli = ReturnType<typeof commandLine>;

const spies: { mockRestore(): void }[] = [];

afterEach(() => {
  for (const spy of spies.splice(0)) spy.mockRestore();
});

const usernames = async (cli: Cli) =>
  (await cli.json('user', 'list')).map(({ username }: { username: string }) => username);

/** An instance with `ada` in a backup, and `grace` since. */
async function instance(cli: Cli): Promise<{ file: string; key: string }> {
  await cli.json('owner', 'create', 'ada');
  const { file } = await cli.json('backup', 'create');
  await cli.json('user', 'create', 'grace');
  return { file, key: (await cli.json('public-key')).public_key };
}

test('a backup is one file, for its owner’s eyes alone, and says what is in it', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');

  const made = await cli.json('backup', 'create');

  expect(made).toEqual({
    file: expect.stringMatching(/data\/backups\/portal-\d{4}-\d\d-\d\dT[\d.-]+Z\.backup$/),
    size_bytes: fs.statSync(made.file).size,
    created_at: expect.stringMatching(/Z$/),
    version: expect.stringMatching(/^\d/),
    users: 1,
    migrations: expect.any(Number),
    missing_migrations: [],
    secret: 'inside',
  });
  expect(fs.statSync(made.file).mode & 0o777).toBe(0o600);
  expect(await cli.json('backup', 'verify', made.file)).toEqual({ ok: true, ...made });
  expect(await cli.json('backup', 'list')).toMatchObject([{ file: made.file, kind: 'backup' }]);
  expect(fs.readdirSync(join(cli.dataDir, 'backups'))).toHaveLength(1);
});

test('it goes where it is asked to, and overwrites nothing', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  const to = join(cli.folder, 'my.backup');
  expect((await cli.json('backup', 'create', '--to', to)).file).toBe(to);
  const before = fs.readFileSync(to);
  const again = await cli.portal('backup', 'create', '--to', to);
  expect(again).toMatchObject({ status: 1, out: '', err: expect.stringContaining('exists already') });
  expect(fs.readFileSync(to).equals(before)).toBe(true);
  const nowhere = await cli.portal('backup', 'create', '--to', join(cli.folder, 'no/such/folder/x.backup'));
  expect(nowhere).toMatchObject({ status: 1, err: expect.stringContaining('could not be written') });
  expect(fs.existsSync(`${to}.part`)).toBe(false);
});

test('without an instance there is nothing to back up, and none is made', async () => {
  await using cli = commandLine();
  expect(await cli.portal('backup', 'create')).toMatchObject({
    status: 1,
    err: expect.stringContaining('no database'),
  });
  expect(await cli.json('backup', 'list')).toEqual([]);
  expect(fs.existsSync(cli.dataDir)).toBe(false);
});

test('a backup makes a working instance elsewhere: accounts, public key and all', async () => {
  await using cli = commandLine();
  const { file, key } = await instance(cli);
  fs.writeFileSync(join(cli.dataDir, 'docker-name'), '0123456789ab\n');
  await using other = commandLine();

  const restored = await other.json('backup', 'restore', file);

  expect(restored).toMatchObject({ users: 1, replaced: null, warnings: [] });
  expect(await usernames(other)).toEqual(['ada']);
  expect((await other.json('public-key')).public_key).toBe(key);
  expect(fs.statSync(join(other.dataDir, 'secret')).mode & 0o777).toBe(0o600);
  expect(fs.statSync(join(other.dataDir, 'portal.db')).mode & 0o777).toBe(0o600);
  const secret = fs.readFileSync(join(other.dataDir, 'secret'), 'utf8').trim();
  expect(fs.readFileSync(join(other.dataDir, 'portal.db')).includes(secret)).toBe(false);
  // Its server has a name of its own in Docker, or would take the containers of the original.
  expect(fs.existsSync(join(other.dataDir, 'docker-name'))).toBe(false);
});

test('over an instance it is restored only when that is said, and what was there is kept aside', async () => {
  await using cli = commandLine();
  const { file } = await instance(cli);

  const asked = await cli.portal('backup', 'restore', file);
  expect(asked).toMatchObject({ status: 1, out: '', err: expect.stringContaining('--yes') });
  expect(await usernames(cli)).toEqual(['ada', 'grace']);

  const { replaced } = await cli.json('backup', 'restore', file, '--yes');
  expect(await usernames(cli)).toEqual(['ada']);
  expect(fs.readdirSync(replaced)).toEqual(expect.arrayContaining(['portal.db', 'secret']));
  expect((await cli.json('backup', 'list')).map(({ kind }: { kind: string }) => kind)).toContain(
    'replaced by a restore',
  );

  await cli.json('backup', 'restore', join(replaced, 'portal.db'), '--yes');
  expect(await usernames(cli)).toEqual(['ada', 'grace']);
});

test('while a server runs a backup is made, and none restored', async () => {
  await using cli = commandLine();
  await using portal = await testPortal();
  const control = listenForCommands(portal.dataDir, (request) => perform(portal, request), silentLogger);
  try {
    await portal.given.person({ username: 'ada' });
    const at = ['--data-dir', portal.dataDir];
    const { file } = await cli.json('backup', 'create', ...at);
    await portal.given.person({ username: 'grace' });

    expect(await cli.portal('backup', 'restore', file, '--yes', ...at)).toMatchObject({
      status: 1,
      err: expect.stringContaining('uses this data directory'),
    });
    expect((await portal.client.get('/v1/statistics/users')).body.total_count).toBe(2);
    expect((await cli.json('backup', 'verify', file)).users).toBe(1);
  } finally {
    await control.stop();
  }
});

test('a configured secret is not written into the backup, and missed where it is not configured', async () => {
  const secret = 'a-secret-of-more-than-thirty-two-characters';
  await using cli = commandLine({ PORTAL_SECRET: secret });
  const { file, key } = await instance(cli);
  expect((await cli.json('backup', 'verify', file)).secret).toBe('configured');
  expect(fs.readFileSync(file).includes(secret)).toBe(false);

  await using same = commandLine({ PORTAL_SECRET: secret });
  expect((await same.json('backup', 'restore', file)).warnings).toEqual([]);
  expect((await same.json('public-key')).public_key).toBe(key);
  await using without = commandLine();
  expect((await without.json('backup', 'restore', file)).warnings).toEqual([expect.stringContaining('PORTAL_SECRET')]);
  await using wrong = commandLine({ PORTAL_SECRET: `${secret}!` });
  expect((await wrong.json('backup', 'restore', file)).warnings).toEqual([expect.stringContaining('PORTAL_SECRET')]);
});

test.each<[string, (cli: Cli, file: string) => void, RegExp]>([
  ['is not there', (_, file) => fs.rmSync(file), /no file/],
  ['is no database', (_, file) => fs.writeFileSync(file, 'not a database'.repeat(999)), /no backup|damaged/],
  ['is empty', (_, file) => fs.writeFileSync(file, ''), /no backup/],
  ['is cut off', (_, file) => fs.truncateSync(file, fs.statSync(file).size - 8192), /damaged|no backup/],
  ['is damaged within', (_, file) => spoil(file), /damaged|no backup/],
  ['is somebody else’s', (_, file) => foreign(file), /no backup of Portal/],
  ['is of a later version', (_, file) => later(file), /newer than this program/],
  ['has rows that refer to nothing', (_, file) => orphan(file), /refer to nothing/],
  ['has four other bytes', (_, file) => flip(file), /checksum does not match/],
  ['has lost its checksum', (_, file) => fs.truncateSync(file, fs.statSync(file).size - 1), /checksum does not match/],
  ['has our migrations and not our tables', (_, file) => disguised(file), /no backup of Portal: it has no/],
  ['has other columns', (_, file) => withDatabase(file, 'alter table users drop column avatar_source'), /users is not/],
])('a backup that %s is refused, and nothing is changed', async (_what, change, sentence) => {
  await using cli = commandLine();
  const { file } = await instance(cli);
  change(cli, file);
  for (const args of [
    ['verify', file],
    ['restore', file, '--yes'],
  ]) {
    const { status, out, err } = await cli.portal('backup', ...args);
    expect({ status, out, err }).toEqual({ status: 1, out: '', err: expect.stringMatching(sentence) });
    expect(err).not.toMatch(/\n\s+at /);
  }
  expect(await usernames(cli)).toEqual(['ada', 'grace']);
});

function spoil(file: string): void {
  const content = fs.readFileSync(file);
  content.fill(0xff, 40_960, 81_920);
  fs.writeFileSync(file, content);
}

function withDatabase(file: string, ...statements: string[]): void {
  const database = new Database(file);
  for (const statement of statements) database.run(statement);
  database.close();
}

function foreign(file: string): void {
  fs.rmSync(file);
  withDatabase(file, 'create table things (id integer)');
}

/** In a text, where SQLite sees nothing wrong. */
function flip(file: string): void {
  const content = fs.readFileSync(file);
  content.write('"XXX', content.indexOf('"ada"'));
  fs.writeFileSync(file, content);
}

function disguised(file: string): void {
  const source = new Database(file);
  const names = source.query<{ name: string }, []>('select name from migrations').all();
  source.close();
  fs.rmSync(file);
  withDatabase(
    file,
    'create table migrations (name text primary key, applied_at integer not null) strict',
    'create table users (id integer)',
    ...names.map(({ name }) => `insert into migrations values ('${name}', 0)`),
  );
}

const later = (file: string) =>
  withDatabase(file, "insert into migrations (name, applied_at) values ('9999_from_the_future', 0)");
const orphan = (file: string) =>
  withDatabase(
    file,
    'pragma foreign_keys = off',
    "insert into identities (platform, platform_user_id, user_id, linked_at) values ('x', '1', 999, 0)",
  );

const CHANGES = ['renameSync', 'rmSync', 'mkdirSync', 'writeFileSync', 'copyFileSync', 'chmodSync'] as const;

/** Makes the process fail, as if killed, before its `nth` change of the files. */
function dieBefore(nth: number): { died: () => boolean } {
  let changes = 0;
  for (const name of CHANGES) {
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: it is a spy’s
    const real = fs[name] as (...args: unknown[]) => unknown;
    const spy = spyOn(fs, name) as unknown as { mockImplementation(act: unknown): void; mockRestore(): void };
    spy.mockImplementation((...args: unknown[]) => {
      if (++changes >= nth) throw new Error('killed');
      return real(...args);
    });
    spies.push(spy);
  }
  return { died: () => changes >= nth };
}

test('what a killed backup left behind, with the secret in it, goes with the next one and with the next start', async () => {
  await using cli = commandLine();
  await instance(cli);
  const left = ['portal-1.backup.999999.part', 'portal-1.backup.999999.part-journal', `x.backup.${process.pid}.part`];
  const alive = `portal-2.backup.${process.ppid}.part`;
  const leave = () => {
    for (const name of [...left, alive]) fs.writeFileSync(join(cli.dataDir, 'backups', name), 'secret');
  };
  const parts = () => fs.readdirSync(join(cli.dataDir, 'backups')).filter((name) => name.includes('.part'));

  leave();
  await cli.json('backup', 'create');
  expect(parts()).toEqual([alive]);
  leave();
  takeDataDir(cli.dataDir)?.release();
  expect(parts()).toEqual([alive]);

  const elsewhere = join(cli.folder, 'mine.backup');
  fs.writeFileSync(`${elsewhere}.999999.part`, 'secret');
  fs.writeFileSync(join(cli.folder, 'other.999999.part'), 'not ours');
  await cli.json('backup', 'create', '--to', elsewhere);
  expect(fs.readdirSync(cli.folder).sort()).toEqual(['data', 'mine.backup', 'other.999999.part']);
});

test('a restore that is killed at any step has happened, or it has not: the next start sees to it', async () => {
  const seen = new Set<string>();
  for (let nth = 1; ; nth++) {
    await using cli = commandLine();
    const { file, key } = await instance(cli);
    await cli.json('public-key', '--rotate');

    const death = dieBefore(nth);
    await cli.portal('backup', 'restore', file, '--yes');
    for (const spy of spies.splice(0)) spy.mockRestore();

    const names = await usernames(cli);
    const isOld = (await cli.json('public-key')).public_key !== key;
    expect({ nth, names, isOld }).toEqual({ nth, names: isOld ? ['ada', 'grace'] : ['ada'], isOld });
    const left = fs.readdirSync(cli.dataDir).filter((name) => name.startsWith('restor'));
    expect(left).toEqual([]);
    const aside = fs.readdirSync(join(cli.dataDir, 'backups')).filter((name) => name.startsWith('replaced-'));
    expect(aside).toHaveLength(isOld ? 0 : 1);
    seen.add(isOld ? 'old' : 'new');
    if (!death.died()) break;
    expect(nth).toBeLessThan(40);
  }
  expect([...seen]).toEqual(['old', 'new']);
}, 120_000);

test('killed in the middle of completing it, it is completed by the next', async () => {
  await using cli = commandLine();
  const { file } = await instance(cli);
  dieBefore(9);
  await cli.portal('backup', 'restore', file, '--yes');
  for (const spy of spies.splice(0)) spy.mockRestore();
  for (let nth = 1; nth < 4; nth++) {
    dieBefore(nth);
    try {
      takeDataDir(cli.dataDir)?.release();
    } catch {
      // Killed again.
    }
    for (const spy of spies.splice(0)) spy.mockRestore();
  }
  expect(['ada', 'ada,grace']).toContain((await usernames(cli)).join());
});
