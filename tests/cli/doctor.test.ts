import { Database } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { commandLine } from '../support/command-line.ts';
import { testPortal } from '../support/portal.ts';
import { requireChromium } from '../support/prerequisites.ts';

const hasChromium = (await requireChromium()) !== undefined;

type Check = { about: string; status: string; found: string; advice?: string };
type Cli = ReturnType<typeof commandLine>;

async function examine(cli: Cli, ...args: string[]): Promise<{ status: number; checks: Map<string, Check> }> {
  const { status, out, err } = await cli.portal('doctor', '--json', ...args);
  expect(err).toBe('');
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Check[] };
  expect(ok).toBe(status === 0);
  return { status, checks: new Map(checks.map((check) => [check.about, check])) };
}

async function instance(env: Record<string, string> = {}): Promise<Cli> {
  const cli = commandLine(env);
  await cli.json('owner', 'create', 'ada');
  await cli.json('backup', 'create');
  return cli;
}

const databaseOf = (cli: Cli) => join(cli.dataDir, 'portal.db');

test('on a machine where nothing is yet all is well, and nothing is made', async () => {
  await using cli = commandLine();
  const { status, checks } = await examine(cli);
  expect(status).toBe(0);
  expect([...checks.values()].filter((check) => check.status !== 'ok')).toEqual([]);
  expect(checks.get('data directory')?.found).toContain('does not exist yet');
});

test('an instance with an Owner and a backup is well', async () => {
  await using cli = await instance();
  const { status, checks } = await examine(cli);
  expect(status).toBe(0);
  expect([...checks.values()].filter((check) => check.status !== 'ok')).toEqual([]);
  expect([...checks.keys()]).toEqual(
    expect.arrayContaining([
      'configuration',
      'data directory',
      'space',
      'secret',
      'database',
      'migrations',
      'owner',
      'clock',
    ]),
  );
  expect((await cli.portal('doctor')).out).toContain('ok       owner           there is one');
});

test('every mistake of the configuration is named', async () => {
  await using cli = commandLine({ PORTAL_LOG_LEVEL: 'loud', PORTAL_PORTT: '1' });
  const { status, out } = await cli.portal('doctor', '--json');
  expect(status).toBe(1);
  expect(JSON.parse(out).checks).toMatchObject([
    { about: 'configuration', status: 'failure' },
    { about: 'configuration', status: 'failure' },
  ]);
});

test.each<[string, (cli: Cli) => void, string, 'warning' | 'failure', RegExp]>([
  ['others may look in', (cli) => chmodSync(cli.dataDir, 0o755), 'data directory', 'warning', /chmod 700/],
  [
    'others may read the secret',
    (cli) => chmodSync(join(cli.dataDir, 'secret'), 0o644),
    'secret',
    'failure',
    /chmod 600/,
  ],
  ['the secret is gone', (cli) => rmSync(join(cli.dataDir, 'secret')), 'secret', 'failure', /backup/],
  [
    'nobody is an Owner',
    (cli) => change(cli, 'update users set permission_level = 0'),
    'owner',
    'warning',
    /owner create/,
  ],
  [
    'the clock is behind',
    (cli) => change(cli, `update audit_log set created_at = ${Date.now() + 3_600_000}`),
    'clock',
    'failure',
    /timedatectl/,
  ],
  [
    'there is no backup',
    (cli) => rmSync(join(cli.dataDir, 'backups'), { recursive: true }),
    'backups',
    'warning',
    /backup create/,
  ],
  [
    'the database is newer',
    (cli) => change(cli, "insert into migrations values ('9999_x', 0)"),
    'migrations',
    'failure',
    /Update/,
  ],
  ['the database is none', (cli) => writeFileSync(databaseOf(cli), 'x'.repeat(9999)), 'database', 'failure', /restore/],
])('it tells when %s, and what to do', async (_what, spoil, about, status, advice) => {
  await using cli = await instance();
  spoil(cli);
  const found = await examine(cli);
  expect(found.checks.get(about)).toMatchObject({ status, advice: expect.stringMatching(advice) });
  expect(found.status).toBe(status === 'failure' ? 1 : 0);
});

function change(cli: Cli, statement: string): void {
  const database = new Database(databaseOf(cli));
  database.run(statement);
  database.close();
}

test.each<[Record<string, string>, string, 'warning' | 'failure']>([
  [{ PORTAL_TRUST_PROXY: '0.0.0.0/0' }, 'proxy', 'failure'],
  [{ PORTAL_PUBLIC_URL: 'https://portal.example.com' }, 'proxy', 'warning'],
  [{ PORTAL_PUBLIC_URL: 'http://portal.example.com' }, 'proxy', 'warning'],
  [{ PORTAL_HOST: '0.0.0.0' }, 'proxy', 'warning'],
  [{ PORTAL_LIMITS: 'off' }, 'limits', 'warning'],
])('%j is a %s %s', async (env, about, status) => {
  await using cli = commandLine(env);
  const { checks } = await examine(cli);
  expect(checks.get(about)).toMatchObject({ status, advice: expect.any(String) });
});

test('a port that something else has is told apart from another Portal', async () => {
  const other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') });
  await using cli = commandLine({ PORTAL_PORT: String(other.port) });
  expect((await examine(cli)).checks.get('port')).toMatchObject({
    status: 'failure',
    found: expect.stringContaining('something else'),
  });
  await other.stop(true);
  await using portal = await testPortal();
  const port = new URL(portal.listen()).port;
  await using second = commandLine({ PORTAL_PORT: port });
  expect((await examine(second)).checks.get('port')).toMatchObject({
    status: 'failure',
    found: expect.stringContaining('another Portal'),
  });
});

test('of the running server it says where it answers, and whose address it does not believe', async () => {
  await using portal = await testPortal({ realTime: true });
  const port = new URL(portal.listen()).port;
  const control = listenForCommands(portal.dataDir, (request) => perform(portal, request), silentLogger);
  try {
    const env = { PORTAL_PORT: port, PORTAL_DATA_DIR: portal.dataDir };
    await using cli = commandLine(env);
    const before = await examine(cli);
    expect(before.checks.get('server')?.found).toContain(`process ${process.pid}`);
    expect(before.checks.get('port')).toMatchObject({ status: 'ok', found: expect.stringContaining(port) });
    expect(before.checks.get('proxy')?.status).toBe('ok');

    await fetch(`http://127.0.0.1:${port}/health`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect((await examine(cli)).checks.get('proxy')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('127.0.0.1 sends X-Forwarded-For'),
      advice: expect.stringContaining('PORTAL_TRUST_PROXY'),
    });

    await using elsewhere = commandLine({ ...env, PORTAL_PORT: '1' });
    expect((await examine(elsewhere)).checks.get('port')).toMatchObject({ status: 'warning' });
    await using known = commandLine({ ...env, PORTAL_PUBLIC_URL: `http://localhost:${port}` });
    expect((await examine(known)).checks.get('public address')).toMatchObject({ status: 'ok' });
    await using lost = commandLine({ ...env, PORTAL_PUBLIC_URL: 'http://localhost:1' });
    expect((await examine(lost)).checks.get('public address')).toMatchObject({ status: 'warning' });
  } finally {
    await control.stop();
  }
});

test('a data directory that is a file is told of, not thrown', async () => {
  await using cli = commandLine();
  mkdirSync(cli.folder, { recursive: true });
  writeFileSync(cli.dataDir, '');
  const { checks } = await examine(cli);
  expect(checks.get('data directory')).toMatchObject({ status: 'failure' });
});

test('what runs the shared browsers is looked at, and what is missing is said', async () => {
  await using off = await instance();
  expect((await examine(off)).checks.get('browsers')).toMatchObject({
    status: 'ok',
    found: expect.stringContaining('none'),
  });
  for (const [engine, status] of [
    ['auto', 'warning'],
    ['local', 'failure'],
  ] as const) {
    await using cli = await instance({ PORTAL_BROWSER_ENGINE: engine, PORTAL_BROWSER_CHROMIUM: '/nowhere/chromium' });
    const found = (await examine(cli)).checks.get('browsers');
    expect(found?.status).toBe(status);
    expect(found?.found).toStartWith('There is no Chromium at /nowhere/chromium. Install chromium-headless-shell');
  }
});

test.skipIf(!hasChromium)('a browser is started to see that it can be', async () => {
  await using cli = await instance({ PORTAL_BROWSER_ENGINE: 'local' });
  const { checks } = await examine(cli);
  for (const about of ['browsers', 'chromium', 'profiles', 'sandbox', 'shared memory', 'fence'])
    expect({ about, status: checks.get(about)?.status }).toEqual({ about, status: 'ok' });
  expect(checks.get('chromium')?.found).toMatch(/version \d+/);
  expect((await cli.portal('doctor')).out).toContain('ok       browsers        engine local, at most 4 at a time');
});
