import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeDataDir } from '../../src/db/sqlite/data-dir.ts';
import { DATABASE_FILE, SECRET_FILE } from '../../src/db/sqlite/files.ts';
import { commandLine } from '../support/command-line.ts';
import { runningServer } from '../support/running-server.ts';

const SOMEBODY = 54_321;
const isRoot = process.getuid?.() === 0;

/** Whose files lie in a folder, at any depth, the folder itself included. */
function ownersIn(folder: string): number[] {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return [...new Set([folder, ...files].map((file) => statSync(file).uid))];
}

/** A data directory of somebody else, whom `mode` lets into the folder above it, or does not. */
function theirs(mode = 0o755) {
  const cli = commandLine();
  chmodSync(cli.folder, mode);
  mkdirSync(cli.dataDir, { mode: 0o700 });
  chownSync(cli.dataDir, SOMEBODY, SOMEBODY);
  return cli;
}

test.skipIf(!isRoot).each([
  ['', 0o755],
  [', also where it cannot go by itself', 0o700],
])('what root makes in the data directory of another account belongs to that account%s', async (_, mode) => {
  await using cli = theirs(mode);

  await cli.json('owner', 'create', 'ada');
  const { file } = await cli.json('backup', 'create');
  await cli.json('backup', 'restore', file, '--yes');
  await cli.json('migrate');
  expect((await cli.json('user', 'list')).map(({ username }: { username: string }) => username)).toEqual(['ada']);

  expect(readdirSync(cli.dataDir)).toEqual(expect.arrayContaining(['backups', 'portal.db', 'portal.lock', 'secret']));
  expect(ownersIn(cli.dataDir)).toEqual([SOMEBODY]);
  expect(process.geteuid?.()).toBe(0);
});

test.skipIf(!isRoot)('a directory that root makes belongs to the account above it', async () => {
  await using cli = commandLine();
  chownSync(cli.folder, SOMEBODY, SOMEBODY);
  await cli.json('owner', 'create', 'ada');
  expect(ownersIn(cli.dataDir)).toEqual([SOMEBODY]);
});

test.skipIf(!isRoot)(
  'root keeps its own files: a backup goes to, and comes from, where only root may look',
  async () => {
    await using cli = theirs();
    await cli.json('owner', 'create', 'ada');
    const vault = join(cli.folder, 'vault');
    mkdirSync(vault, { mode: 0o700 });

    const { file } = await cli.json('backup', 'create', '--to', join(vault, 'my.backup'));
    await cli.json('backup', 'restore', file, '--yes');

    expect(ownersIn(vault)).toEqual([0]);
    expect(ownersIn(cli.dataDir)).toEqual([SOMEBODY]);
  },
);

test.skipIf(!isRoot)(
  'beside a running server, which root started, as well',
  async () => {
    await using cli = theirs();
    await using server = await runningServer({ directory: cli.folder });
    expect((await server.portal('owner', 'create', 'ada')).status).toBe(0);
    expect((await server.portal('backup', 'create')).status).toBe(0);
    expect(ownersIn(cli.dataDir)).toEqual([SOMEBODY]);
    expect(await server.stop()).toBe(0);
    expect(ownersIn(cli.dataDir)).toEqual([SOMEBODY]);
  },
  30_000,
);

test.skipIf(!isRoot)('a secret that another account owns is a sentence at the start, not a stack', async () => {
  await using cli = theirs();
  writeFileSync(join(cli.dataDir, SECRET_FILE), `${'x'.repeat(40)}\n`, { mode: 0o600 });
  const { status, err } = await cli.portal('user', 'list');
  expect(status).toBe(1);
  expect(err).toContain('must belong to the account that runs the server');
  expect(err).not.toMatch(/\n\s+at /);
});

test('a start that fails makes no secret: the old one is still missed at the next', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  rmSync(join(cli.dataDir, SECRET_FILE));
  const database = new Database(join(cli.dataDir, DATABASE_FILE));
  database.run("insert into migrations values ('9999_x', 0)");
  expect((await cli.portal('user', 'list')).status).toBe(1);
  expect(existsSync(join(cli.dataDir, SECRET_FILE))).toBe(false);
  database.run("delete from migrations where name = '9999_x'");
  database.close();
  expect((await cli.portal('user', 'list')).err).toContain('the secret is missing');
});

test('the lock is let go when what follows it fails', async () => {
  await using cli = commandLine();
  await cli.json('owner', 'create', 'ada');
  // A restore that was decided, and cannot be completed.
  mkdirSync(join(cli.dataDir, 'restoring-now'));
  writeFileSync(join(cli.dataDir, 'restoring-now', DATABASE_FILE), 'x');
  writeFileSync(join(cli.dataDir, 'backups'), 'a file where a folder must be');
  expect(() => takeDataDir(cli.dataDir)).toThrow();
  rmSync(join(cli.dataDir, 'backups'));
  rmSync(join(cli.dataDir, 'restoring-now'), { recursive: true });
  takeDataDir(cli.dataDir)?.release();
  expect((await cli.portal('user', 'list')).status).toBe(0);

  rmSync(join(cli.dataDir, DATABASE_FILE));
  writeFileSync(join(cli.dataDir, DATABASE_FILE), 'no database'.repeat(1000));
  expect((await cli.portal('user', 'list')).status).toBe(1);
  const dir = takeDataDir(cli.dataDir);
  expect(dir).toBeDefined();
  dir?.release();
});
