import { expect, test } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PortalClient } from '../../src/client/index.ts';
import { type RunningServer, runningServer } from '../support/running-server.ts';
import { eventually, turn } from '../support/waiting.ts';

const ROUNDS = 4;

async function stranger({ url }: RunningServer, publicKey: string): Promise<PortalClient> {
  const client = new PortalClient({ url, publicKey, socket: { reconnectionDelay: 20, reconnectionDelayMax: 100 } });
  await client.rest.auth.stranger();
  await client.connect();
  return client;
}

/** The answer to a search, if it came. */
async function enqueue({ url }: RunningServer, { rest }: PortalClient): Promise<{ chat_id?: number } | undefined> {
  const headers = { authorization: `Bearer ${rest.token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ interests: ['music'] });
  const response = await fetch(`${url}/v1/portal/match`, { method: 'POST', headers, body }).catch(() => undefined);
  return response?.json();
}

test('a server that is killed while two are paired leaves both the same chat, or none; its log names nobody', async () => {
  const log = join('/dev/shm', `portal-log-${crypto.randomUUID()}`);
  const env = { PORTAL_LOG_LEVEL: 'debug', PORTAL_LOG_FORMAT: 'json', PORTAL_LIMITS: 'off' };
  await using server = await runningServer({ env, stdout: log });
  const publicKey: string = JSON.parse((await server.portal('public-key', '--json')).out).public_key;
  const secrets: string[] = [];
  let written = '';
  for (let round = 0; round < ROUNDS; round++) {
    const [one, other] = [await stranger(server, publicKey), await stranger(server, publicKey)];
    const waiting = one.match.find(['music']).catch(() => undefined);
    await one.match.next('state', ({ state }) => state === 'searching');
    const answer = enqueue(server, other);
    // From round to round later: before the request is read, while the chat is made, when it is answered.
    if (round === ROUNDS - 1) await answer;
    else for (let step = 0; step < 3 * round; step++) await turn();
    await server.stop('SIGKILL');
    const told = await answer;
    written += readFileSync(log, 'utf8');
    await server.startAgain();
    await eventually(() => one.isConnected && other.isConnected);
    const states = [await one.match.status(), await other.match.status()];
    const [ids, otherIds] = states.map(({ chats }) => chats.map(({ chat_id }) => chat_id));
    expect(ids).toEqual(otherIds);
    if (told?.chat_id !== undefined) expect(ids).toEqual([told.chat_id]);
    for (const { state, chats } of states) {
      expect(state).toBe(chats.length > 0 ? 'matched' : 'idle');
      for (const { token, alias } of chats) secrets.push(token, alias);
    }
    for (const client of [one, other]) {
      secrets.push(String(client.rest.token));
      client.close();
    }
    await waiting;
  }
  written += readFileSync(log, 'utf8');
  rmSync(log);
  expect(written).toContain('/v1/portal/match');
  for (const secret of secrets) expect(written).not.toContain(secret);
}, 120_000);
