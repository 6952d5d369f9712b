import { expect, test } from 'bun:test';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireChromium } from '../support/prerequisites.ts';
import { runningServer } from '../support/running-server.ts';
import { aMoment, eventually } from '../support/waiting.ts';

const hasChromium = (await requireChromium()) !== undefined;

/** The command lines of processes that use this folder. */
function usersOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(folder));
}

/** A server with the machine's Chromium, its Owner, and a chat of theirs. */
async function cinema() {
  const profiles = mkdtempSync(join(tmpdir(), 'pb-'));
  // Chromium runs as somebody else, who has to pass.
  chmodSync(profiles, 0o755);
  const env = { PORTAL_LIMITS: 'off', PORTAL_BROWSER_ENGINE: 'local', PORTAL_BROWSER_PROFILES: profiles };
  const server = await runningServer({ env });
  const { code } = JSON.parse((await server.portal('owner', 'create', 'ada', '--json')).out);
  const { public_key } = JSON.parse((await server.portal('public-key', '--json')).out);
  const verified = await fetch(`${server.url}/v1/authentication/verify`, {
    method: 'POST',
    headers: { 'x-api-key': public_key, 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const cookie = verified.headers.get('set-cookie')?.split(';')[0] ?? '';
  const call = (path: string, body: object = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined);
  const made = await call('/v1/portal/chats', { name: 'Cinema' });
  if (!made) throw new Error('the server does not answer');
  const { id } = (await made.json()) as { id: number };
  return {
    server,
    profiles,
    start: () => call(`/v1/portal/chats/${id}/start`),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(profiles, { recursive: true, force: true });
    },
  };
}

/** Milliseconds after which a start is cut off: from its first moment to a browser that runs. */
const MOMENTS = [120, 'started'] as const;

test.skipIf(!hasChromium)(
  'a server that is killed takes its browsers along, at whatever moment; the next one clears their profiles',
  async () => {
    await using house = await cinema();
    const { server, profiles, start } = house;
    for (const moment of MOMENTS) {
      const starting = start();
      if (moment === 'started') expect((await starting)?.status).toBe(200);
      else await aMoment(moment);
      await server.stop('SIGKILL');
      await starting;
      await eventually(() => usersOf(profiles).length === 0, { found: () => usersOf(profiles) });
      await server.startAgain();
      await eventually(() => readdirSync(profiles).length === 0, { found: () => readdirSync(profiles) });
    }
  },
  60_000,
);

test.skipIf(!hasChromium)(
  'a server that is told to stop while a browser starts ends at once, and leaves nothing',
  async () => {
    await using house = await cinema();
    const { server, profiles, start } = house;
    for (const moment of [100, 'started'] as const) {
      const starting = start();
      if (moment === 'started') await starting;
      else await aMoment(moment);
      expect(await server.stop('SIGTERM')).toBe(0);
      await starting;
      expect({ users: usersOf(profiles), left: readdirSync(profiles) }).toEqual({ users: [], left: [] });
      await server.startAgain();
    }
  },
  60_000,
);
