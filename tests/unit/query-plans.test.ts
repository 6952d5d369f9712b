import { Database } from 'bun:sqlite';
import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/bun-sqlite';
import type { Queries } from '../../src/db/queries.ts';
import { listCurrent, listExpired } from '../../src/modules/people/announcements/announcements.repository.ts';
import * as audit from '../../src/modules/people/audit/audit.repository.ts';
import * as broadcasts from '../../src/modules/people/notifications/broadcasts.repository.ts';
import * as notifications from '../../src/modules/people/notifications/notifications.repository.ts';
import * as platform from '../../src/modules/people/sanctions/platform-moderation.repository.ts';
import { deleteSessions, listEndedBefore } from '../../src/modules/people/sessions/sessions.repository.ts';
import * as subscriptions from '../../src/modules/people/subscriptions/subscriptions.repository.ts';
import { listOthersOfLevel } from '../../src/modules/people/users/users.repository.ts';
import { testPortal } from '../support/portal.ts';

const portal = await testPortal();
const connection = new Database(join(portal.dataDir, 'portal.db'));
const asked: string[] = [];
const prepare = connection.prepare.bind(connection);
connection.prepare = ((sql: string) => {
  asked.push(sql);
  return prepare(sql);
}) as typeof connection.prepare;
const db = drizzle(connection) as unknown as Queries;

afterAll(async () => {
  connection.close();
  await portal.close();
});

/** How SQLite goes about each query that `ask` makes, a line each. */
async function plansOf(ask: () => unknown): Promise<string[]> {
  asked.length = 0;
  await ask();
  expect(asked.length).toBeGreaterThan(0);
  return [...asked].map((sql) => {
    const steps = prepare(`explain query plan ${sql}`).all() as { detail: string }[];
    return steps.map(({ detail }) => detail).join('; ');
  });
}

/** Every choice of some of the fields. */
function choices<T extends object>(filled: T): { [K in keyof T]: T[K] | undefined }[] {
  const keys = Object.keys(filled) as (keyof T)[];
  return Array.from({ length: 2 ** keys.length }, (_, bits) => {
    const chosen = keys.map((key, index) => [key, bits & (1 << index) ? filled[key] : undefined]);
    return Object.fromEntries(chosen) as { [K in keyof T]: T[K] | undefined };
  });
}

/** A whole table, and not in the order in which it is wanted or by an index over just what is wanted. */
const isScan = (plan: string) => /SCAN \w+\b(?! USING (COVERING )?INDEX)/.test(plan);
const isSorted = (plan: string) => /TEMP B-TREE/.test(plan);

const FILTER = { entityType: 'user' as const, entityId: '7', actorId: 1, since: 1, until: 9 };
const KINDS = [undefined, ['USER_BAN'], ['USER_BAN', 'USER_WARN']];

test('every choice of filters of the audit log finds its page in an index', async () => {
  for (const events of KINDS) {
    for (const chosen of choices(FILTER)) {
      const filter = { events, ...chosen };
      for (const plan of await plansOf(() => audit.listEntries(db, filter, 0, 50)))
        expect({ filter, plan, isScan: isScan(plan) }).toMatchObject({ isScan: false });
      for (const plan of await plansOf(() => audit.countEntries(db, filter)))
        expect({ filter, plan, isScan: isScan(plan) }).toMatchObject({ isScan: false });
    }
  }
});

test('what is looked for in one thing’s entries is looked for there alone', async () => {
  for (const events of KINDS) {
    for (const chosen of choices({ actorId: 1, since: 1, until: 9 })) {
      const filter = { events, entityType: 'user' as const, entityId: '7', ...chosen };
      const [plan] = await plansOf(() => audit.countEntries(db, filter));
      expect(plan).toContain('audit_log_entity (entity_type=? AND entity_id=?');
    }
  }
});

test('moderation actions are read in the order of an index, by every choice of filters', async () => {
  for (const filter of choices({ userId: 1, issuedBy: 1, type: 'CHAT_KICK' as const, activeAt: 5 })) {
    for (const plan of await plansOf(() => platform.listActions(db, filter, 0, 50)))
      expect({ filter, plan, isSorted: isSorted(plan) }).toMatchObject({ isSorted: false });
    for (const plan of await plansOf(() => platform.countActions(db, filter)))
      expect({ filter, plan, isScan: isScan(plan) }).toMatchObject({ isScan: false });
  }
});

test('what holds is found among what holds: by a page of an index with all that is asked of it', async () => {
  const all = { userId: undefined, issuedBy: undefined, type: undefined, activeAt: 5 };
  for (const filter of [all, { ...all, type: 'CHAT_MUTE' as const }]) {
    const index = filter.type ? 'punishments_standing_type' : 'punishments_standing';
    const [page] = await plansOf(() => platform.listActions(db, filter, 0, 50));
    expect(page).toContain(`punishments USING COVERING INDEX ${index}`);
    const [counted] = await plansOf(() => platform.countActions(db, filter));
    expect(counted).toMatch(
      /^(SEARCH punishments USING COVERING INDEX punishments_standing_type \(action_type=\?\)(; )?)+$/,
    );
  }
});

const OTHERS: [string, () => unknown][] = [
  ['entries of one user', () => audit.listOfUser(db, 1, ['USER_CREATE'])],
  ['what holds against one user', () => platform.listHolding(db, 1, ['PLATFORM_BAN', 'PLATFORM_TIMEOUT'])],
  ['whose punishment is over', () => platform.listOver(db, 1, 5, 50)],
  ['the other Owners', () => listOthersOfLevel(db, 3, 1)],
  ['a user’s sessions', () => platform.listSessionIds(db, 1)],
  ['sessions that ended long ago', () => listEndedBefore(db, 5, 200)],
  ['forgetting them', () => deleteSessions(db, ['a', 'b'])],
  ['whose subscription ran out', () => subscriptions.listRunOut(db, 1, 5, 50)],
  ['who has it for good', () => subscriptions.listLasting(db, 3)],
  ['who has it for a time', () => subscriptions.listRunning(db, 2, 5)],
  ['one’s notifications', () => notifications.listOfUser(db, 1, 0, 50)],
  ['how many', () => notifications.countOfUser(db, 1)],
  ['how many unread', () => notifications.countUnread(db, 1)],
  ['reading all', () => notifications.markAllRead(db, 1, 5)],
  ['the next of everybody', () => broadcasts.listUserIds(db, 0, 9, 200)],
  ['expired announcements', () => listExpired(db, 5, 100)],
];

test.each(OTHERS)('%s: by an index', async (_, ask) => {
  for (const plan of await plansOf(ask)) {
    expect(plan).toContain('SEARCH');
    expect(plan).not.toContain('SCAN');
  }
});

test('announcements come in the order of their ids: the table holds hardly more than what stands', async () => {
  expect(await plansOf(() => listCurrent(db, 5))).toEqual(['SCAN announcements']);
});
