import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type CommandListener, listenForCommands } from '../../src/app/operations/control-socket.ts';
import { perform } from '../../src/app/operations/operations.ts';
import { MINUTE_MS } from '../../src/core/durations.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { commandLine } from '../support/command-line.ts';
import { keyboard } from '../support/keyboard.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const RUNNING = { url: 'http://localhost:7331', port: 7331 };

let portal: TestPortal;
let control: CommandListener;
let type: ReturnType<typeof keyboard>;

async function open(env: Record<string, string> = {}) {
  portal = await testPortal({ env });
  control = listenForCommands(portal.dataDir, (request) => perform(portal, request, RUNNING), silentLogger);
  type = keyboard(portal.dataDir);
}

beforeEach(() => open());
afterEach(async () => {
  await control.stop();
  await portal.close();
});

const link = async () => JSON.parse((await type('claim-link', '--json')).out);
const tokenOf = ({ url }: { url: string }) => url.split('#')[1];
const claim = (token: string | undefined) => portal.client.post('/v1/authentication/claim', { token, username: 'ada' });

test('prints the link of the running server, by which one becomes the Owner', async () => {
  const printed = await type('claim-link');
  const url = `${RUNNING.url}/claim#${portal.modules.claim.token}`;
  expect(printed).toEqual({
    status: 0,
    out: `${url}\nUntil 2026-01-01T00:30:00.000Z, this link makes whoever opens it the Owner.\n`,
    err: '',
  });
  expect(await link()).toEqual({ url, others: [], expires_at: '2026-01-01T00:30:00.000Z' });
  expect((await claim(tokenOf({ url }))).status).toBe(200);
});

test('makes the same link last longer, and a new one once it is over', async () => {
  const first = await link();
  await portal.timers.leap(29 * MINUTE_MS);
  expect(await link()).toEqual({ ...first, expires_at: '2026-01-01T00:59:00.000Z' });
  await portal.timers.leap(30 * MINUTE_MS);
  expect((await claim(tokenOf(first))).status).toBe(401);
  const second = await link();
  expect(tokenOf(second)).not.toBe(tokenOf(first));
  expect((await claim(tokenOf(first))).status).toBe(401);
  expect((await claim(tokenOf(second))).status).toBe(200);
});

test('is refused once there is an Owner, and changes nothing then', async () => {
  await portal.given.owner();
  expect(await type('claim-link')).toEqual({ status: 1, out: '', err: 'This instance already has an Owner\n' });
});

test('names the addresses by which other machines reach the server', async () => {
  await control.stop();
  await portal.close();
  await open({ PORTAL_HOST: '203.0.113.7' });
  const { url, others } = await link();
  expect(others).toEqual([`http://203.0.113.7:7331/claim#${tokenOf({ url })}`]);
  await control.stop();
  await portal.close();
  await open({ PORTAL_HOST: '203.0.113.7', PORTAL_PUBLIC_URL: 'https://portal.example' });
  expect((await link()).others).toEqual([]);
});

test('needs a server, since no other process knows the link; it makes no instance', async () => {
  await using cli = commandLine();
  expect(await cli.portal('claim-link')).toEqual({
    status: 1,
    out: '',
    err: `No server runs on the data directory ${cli.dataDir}. Start it, and it prints the link.`,
  });
  expect(await cli.portal('claim-link', 'too', 'much')).toMatchObject({ status: 2, out: '' });
});
