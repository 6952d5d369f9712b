import { expect, test } from 'bun:test';
import { existsSync, renameSync } from 'node:fs';
import { runningServer } from '../support/running-server.ts';

test('a reader of the log that goes away costs the log and nothing else', async () => {
  await using server = await runningServer();
  await server.log.cancel();
  for (let call = 0; call < 5; call++) expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect((await server.portal('owner', 'create', 'ada')).status).toBe(0);
  expect(await server.stop()).toBe(0);
}, 120_000);

test.skipIf(!existsSync('/dev/full'))(
  'a full disk under the log costs the log and nothing else',
  async () => {
    await using server = await runningServer({ stdout: '/dev/full' });
    expect((await server.portal('owner', 'create', 'ada')).status).toBe(0);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  },
  30_000,
);

test('a reader of the log that does not read stops nobody, nor the end of the server', async () => {
  // Each request is a line of the log: more than a pipe holds.
  await using server = await runningServer({ env: { PORTAL_LOG_LEVEL: 'debug', PORTAL_LIMITS: 'off' } });
  for (let call = 0; call < 1000; call++) await fetch(`${server.url}/no/such/${'path'.repeat(20)}`);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(await server.stop()).toBe(0);
}, 120_000);

test.each<NodeJS.Signals>(['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXFSZ'])(
  '%s, as log rotation and others send it, does not end the server',
  async (signal) => {
    await using server = await runningServer();
    server.child.kill(signal);
    expect((await server.portal('owner', 'create', 'ada')).status).toBe(0);
    expect(server.child.exitCode).toBeNull();
    expect(await server.stop()).toBe(0);
  },
  30_000,
);

test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT', 'SIGQUIT'])(
  '%s ends it in good order',
  async (signal) => {
    await using server = await runningServer();
    expect(await server.stop(signal)).toBe(0);
    expect(await new Response(server.log).text()).toContain('"message":"stopped"');
    expect(existsSync(`${server.dataDir}/portal.db-wal`)).toBe(false);
  },
  30_000,
);

test('of a server that is stopped by SIGSTOP commands say so and have done nothing', async () => {
  await using server = await runningServer();
  server.child.kill('SIGSTOP');
  const [create, backup, doctor, health] = await Promise.all([
    server.portal('owner', 'create', 'ada'),
    server.portal('backup', 'create'),
    server.portal('doctor', '--json'),
    server.portal('healthcheck'),
  ]);
  expect(create).toMatchObject({ status: 1, out: '', err: expect.stringContaining('Nothing was done') });
  expect(backup).toMatchObject({ status: 1, out: '', err: expect.stringContaining('does not answer') });
  expect(doctor.status).toBe(1);
  expect(JSON.parse(doctor.out).checks).toContainEqual(
    expect.objectContaining({ about: 'server', status: 'failure', advice: expect.stringContaining('kill -CONT') }),
  );
  expect(health).toMatchObject({ status: 1, err: expect.stringContaining('No server answers') });
  server.child.kill('SIGCONT');
  expect(await server.portal('user', 'list', '--json')).toMatchObject({ status: 0, out: '[]' });
}, 120_000);

test('a data directory that is moved away ends the server with a sentence and status 1, and nothing is lost', async () => {
  await using server = await runningServer();
  await server.portal('owner', 'create', 'ada');
  renameSync(server.dataDir, `${server.dataDir}-moved`);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(await server.child.exited).toBe(1);
  expect(await new Response(server.log).text()).toContain('the data directory is no longer where it was');
  renameSync(`${server.dataDir}-moved`, server.dataDir);
  const { out } = await server.portal('user', 'list', '--json');
  expect(JSON.parse(out)).toMatchObject([{ username: 'ada' }]);
}, 120_000);
