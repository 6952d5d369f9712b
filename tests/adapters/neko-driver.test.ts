import { expect, test } from 'bun:test';
import { Driver } from '../../src/adapters/docker-browser/room/driver.ts';
import { Members } from '../../src/adapters/docker-browser/room/members.ts';
import { NekoApi } from '../../src/adapters/docker-browser/room/neko-api.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { startNeko } from '../neko/start-neko.ts';
import { eventually } from '../support/waiting.ts';

async function stage() {
  const neko = await startNeko();
  const members = new Members(new NekoApi({ ...neko, timers: systemTimers }), systemRandom);
  for (const name of ['5.1', '6.1']) await members.enter(name);
  const there = new Set(['5.1', '6.1']);
  const driver = new Driver({ members, logger: silentLogger, isThere: (name) => there.has(name) });
  const mayHost = () => neko.sessions.filter(({ profile }) => profile.can_host).map(({ id }) => id);
  return { neko, driver, members, there, mayHost, [Symbol.asyncDispose]: () => neko.stop() };
}

test('the right is taken back at once, whatever work is under way, and given when that is done', async () => {
  await using at = await stage();
  const { neko, driver, mayHost } = at;
  await driver.letDrive('5.1');
  const work = Promise.withResolvers<void>();
  const working = driver.inTurn(() => work.promise);
  const given = driver.letDrive('6.1');
  await eventually(() => mayHost().length === 0);
  expect(neko.room.hostId).toBe('');
  work.resolve();
  await Promise.all([working, given]);
  expect([neko.room.hostId, mayHost()]).toEqual(['6.1', ['6.1']]);
});

test('a right that is not wanted any more is not given after a wait', async () => {
  await using at = await stage();
  const { neko, driver, mayHost } = at;
  const work = Promise.withResolvers<void>();
  const working = driver.inTurn(() => work.promise);
  const calls = [driver.letDrive('5.1'), driver.letDrive('6.1'), driver.letDrive(null)];
  work.resolve();
  await Promise.all([working, ...calls]);
  expect([neko.room.hostId, mayHost()]).toEqual(['', []]);
});

test('whose right cannot be taken back is put out', async () => {
  await using at = await stage();
  const { neko, driver, members } = at;
  await driver.letDrive('5.1');
  const stubborn = new Driver({
    members: {
      grant: (name) => members.grant(name),
      revoke: () => Promise.reject(new Error('no')),
      end: (name) => members.end(name),
    },
    logger: silentLogger,
    isThere: () => true,
  });
  await stubborn.letDrive('5.1');
  await stubborn.letDrive('6.1');
  expect(neko.sessions.map(({ id }) => id)).toEqual(['6.1']);
  expect(neko.room.hostId).toBe('6.1');
});
