import { expect, test } from 'bun:test';
import { sql } from 'drizzle-orm';
import { personOf } from '../../src/core/principal.ts';
import type { Queries } from '../../src/db/queries.ts';
import { chats } from '../../src/modules/chats/chats/chats.tables.ts';
import type { Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const MATCH = '/v1/portal/match';

/** Lets the database grow to so many pages only, as if the disk had no more room. */
function leaveRoomFor(portal: TestPortal, pages: number): Promise<void> {
  return portal.database.units.run('given', async ({ db }) => {
    (db as unknown as { run(query: unknown): unknown }).run(sql.raw(`pragma max_page_count = ${pages}`));
  });
}

const side = ({ id, sessionId }: Person) => ({
  person: personOf({ sessionId, userId: id }),
  sessionId,
  countryCode: null,
});

test('the number of a direct chat that was undone may go to a group, which does not become one', async () => {
  await using portal = await testPortal();
  const { given, modules, database } = portal;
  const [ada, bob, owner] = [await given.person(), await given.person(), await given.premium()];
  const begun = modules.direct.begin([side(ada), side(bob)], ['music']);
  // Shares the commit with it, and takes it along when it fails; it is done again later.
  const failing = async ({ db }: { db: Queries }) => {
    await db.update(chats).set({ label: 'x' }).returning({ id: chats.id });
    throw new Error('undone');
  };
  await expect(database.units.run('given failure', failing, { checksFirst: true })).rejects.toThrow('undone');
  const group = await given.chat({ owner });
  const direct = await begun;
  expect(group.id).toBeLessThan(direct);
  expect([group.id, direct].map((id) => modules.voice.isDirect(id))).toEqual([false, true]);
});

test('an account that is deleted in the moment in which its chat begins leaves that chat', async () => {
  await using portal = await testPortal();
  const { given, modules, database } = portal;
  const [ada, bob] = [await given.person(), await given.person()];
  const begun = modules.direct.begin([side(ada), side(bob)], ['music']);
  const { person } = side(ada);
  const ended = database.units.run('given end', (unit) => modules.direct.endAllOf(unit as never, person, 'left'));
  const [chatId] = await Promise.all([begun, ended]);
  expect(await modules.direct.listLive(person)).toEqual([]);
  const { body } = await portal.as(bob).get(`/v1/portal/chats/${chatId}/history`);
  expect(body.at(-1).content).toEndWith(' left the chat');
});

test('on a full disk nobody is paired: the one who asked is told, both searches end, and later they meet', async () => {
  await using portal = await testPortal();
  const pairs: [Person, Person][] = [];
  for (let made = 0; made < 40; made++) pairs.push([await portal.given.person(), await portal.given.person()]);
  const search = (who: Person) => portal.as(who).post(MATCH, { interests: ['music'] });
  await leaveRoomFor(portal, 1);
  for (const [ada, bob] of pairs) {
    await search(ada);
    const answer = await search(bob);
    // The pages that are there have some room left.
    if (answer.status === 200) continue;
    expect([answer.status, answer.body.code]).toEqual([503, 'ERR_UNAVAILABLE']);
    for (const who of [ada, bob])
      expect((await portal.as(who).get(`${MATCH}/status`)).body).toEqual({ state: 'idle', chats: [] });
    await leaveRoomFor(portal, 100_000);
    await search(ada);
    expect((await search(bob)).body.state).toBe('matched');
    return;
  }
  throw new Error('the disk was never full');
});
