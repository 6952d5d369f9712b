import { describe, expect, test } from 'bun:test';
import { and, eq } from 'drizzle-orm';
import type { Level } from '../../src/core/principal.ts';
import { chatBans } from '../../src/modules/chats/chats/chats.tables.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { mutes, punishments } from '../../src/modules/people/sanctions/sanctions.tables.ts';
import type { Chat, Person } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

// Who may do what to whom in which chat, by the rules as the contract states them.

const ACTIONS = ['kick', 'ban', 'unban', 'mute', 'unmute', 'warn', 'timeout'] as const;
type Action = (typeof ACTIONS)[number];
const KINDS = ['official', 'public', 'private'] as const;
type Kind = (typeof KINDS)[number];
const LEVELS = [0, 1, 2, 3] as const;
const ACTORS = ['the chat’s owner', 'a member', 'User', 'Moderator', 'Admin', 'Owner'] as const;
type Actor = (typeof ACTORS)[number];
const TARGETS = ['the chat’s owner', ...LEVELS] as const;
type Target = (typeof TARGETS)[number];

const canActOn = (actor: number, target: number) => actor > target || (actor === 3 && target === 3);
const levelOf = (actor: Actor, ownerLevel: number) =>
  actor === 'the chat’s owner' ? ownerLevel : Math.max(0, ['User', 'Moderator', 'Admin', 'Owner'].indexOf(actor));

/** The status that the contract asks for. */
function wanted(action: Action, kind: Kind, ownerLevel: number, actor: Actor, target: Target): number {
  const [owns, ofOwner] = [actor === 'the chat’s owner', target === 'the chat’s owner'];
  if (owns && ofOwner) return 400;
  const level = levelOf(actor, ownerLevel);
  if (kind === 'private' && !owns && actor !== 'a member' && level < 2) return 404;
  const moderates = owns || (kind === 'private' ? level >= 2 : canActOn(level, ownerLevel));
  if (!moderates) return 403;
  const targetLevel = target === 'the chat’s owner' ? ownerLevel : target;
  const mayOnThem = owns ? targetLevel <= level : canActOn(level, targetLevel);
  // Staff times out on the whole platform, where owning a chat counts for nothing.
  const mayThere = action !== 'timeout' || level === 0 || canActOn(level, targetLevel);
  return mayOnThem && mayThere ? 200 : 403;
}

async function attempt(portal: TestPortal, action: Action, kind: Kind, ownerLevel: Level, actor: Actor, whom: Target) {
  const { given } = portal;
  const owner = await given.person({ level: ownerLevel, premium: true });
  const chat = await given.chat({ owner, ...(kind === 'private' ? {} : { visibility: kind }) });
  const target = whom === 'the chat’s owner' ? owner : await given.person({ level: whom });
  await given.member(chat, target);
  const level = levelOf(actor, ownerLevel) as Level;
  const by = actor === 'the chat’s owner' ? owner : await given.person({ level });
  if (actor === 'a member') await given.member(chat, by);
  const body = { user_id: target.id, ...(action === 'timeout' ? { duration: 60 } : {}) };
  const answer = await portal.as(by).post(`/v1/portal/chats/${chat.id}/${action}`, body);
  const isRight =
    answer.status === 200
      ? Bun.deepEquals(answer.body, { ok: true })
      : answer.body.code === { 400: 'ERR_SELF_ACTION', 403: 'ERR_FORBIDDEN', 404: 'ERR_NOT_FOUND' }[answer.status];
  const traces = await tracesOf(portal, chat, target);
  return { status: answer.status, isRight, traces };
}

/** How many rows there are that a refused action must not leave. */
async function tracesOf({ database: { read } }: TestPortal, chat: Chat, target: Person): Promise<number> {
  const found = [
    await read.select().from(punishments).where(eq(punishments.userId, target.id)),
    await read.select().from(chatBans).where(eq(chatBans.userId, target.id)),
    await read.select().from(mutes).where(eq(mutes.userId, target.id)),
    await read
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entityType, 'chat'), eq(auditLog.entityId, String(chat.id)))),
  ];
  // The chat's own making is in the log.
  return found.flat().length - 1;
}

async function expectTable(action: Action, kind: Kind, ownerLevels: readonly Level[]): Promise<void> {
  await using portal = await testPortal();
  // Or the last one could not be timed out.
  await portal.given.owner();
  const wrong: unknown[] = [];
  let allowed = 0;
  for (const ownerLevel of ownerLevels)
    for (const actor of ACTORS)
      for (const target of TARGETS) {
        const status = wanted(action, kind, ownerLevel, actor, target);
        const got = await attempt(portal, action, kind, ownerLevel, actor, target);
        const leaves = status === 200 && !action.startsWith('un');
        if (status === 200) allowed++;
        if (got.status !== status || !got.isRight || got.traces > 0 !== leaves)
          wrong.push({ ownerLevel, actor, target, wanted: status, ...got });
      }
  expect(wrong).toEqual([]);
  expect(allowed).toBeGreaterThan(3);
}

describe.each(KINDS)('in a chat that is %s', (kind) => {
  test('that a User owns, whoever may act on whom does, and a refusal leaves no trace', async () => {
    for (const action of ACTIONS) await expectTable(action, kind, [0]);
  }, 120_000);

  test('that staff owns, whoever may act on whom does, and a refusal leaves no trace', async () => {
    for (const action of ['mute', 'timeout'] as const) await expectTable(action, kind, [1, 2, 3]);
  }, 120_000);
});

describe('in a direct chat', () => {
  async function direct({ given }: TestPortal): Promise<[{ id: number }, Person, Person]> {
    const [ada, bob] = [await given.person(), await given.person()];
    return [await given.direct(ada, bob), ada, bob];
  }

  test.each(ACTIONS)('nobody may %s, and to others it does not exist', async (action) => {
    await using portal = await testPortal();
    const [chat, ada, bob] = await direct(portal);
    const body = { user_id: bob.id, duration: 60 };
    const path = `/v1/portal/chats/${chat.id}/${action}`;
    expect(await portal.as(ada).post(path, body)).toMatchObject({ status: 409, body: { code: 'ERR_DIRECT_CHAT' } });
    const { given } = portal;
    for (const other of [await given.person(), await given.moderator(), await given.admin(), await given.owner()])
      expect(await portal.as(other).post(path, body)).toMatchObject({ status: 404, body: { error: 'No such chat' } });
    for (const table of [punishments, chatBans, mutes])
      expect(await portal.database.read.select().from(table)).toEqual([]);
  });

  test('a mute in every chat counts', async () => {
    await using portal = await testPortal();
    const [chat, , bob] = await direct(portal);
    await portal.given.speaker(chat, bob);
    const say = () =>
      portal.as(bob).post(`/v1/portal/chats/${chat.id}/messages`, {
        content: JSON.stringify({ v: 2, epoch: 1, ct: Buffer.alloc(41).toString('base64') }),
      });
    expect((await say()).status).toBe(200);
    await portal.as(await portal.given.admin()).post('/v1/portal/hard-mute', { user_id: bob.id, duration: 60 });
    expect(await say()).toMatchObject({ status: 403, body: { code: 'ERR_MUTED', ttl: 60 } });
  });
});

describe.each(['hard-mute', 'hard-unmute'])('%s', (action) => {
  test('is for Admins, against whom they rank above; Owners among themselves', async () => {
    await using portal = await testPortal();
    const wrong: unknown[] = [];
    for (const by of LEVELS)
      for (const on of LEVELS) {
        const [actor, target] = [await portal.given.person({ level: by }), await portal.given.person({ level: on })];
        const { status, body } = await portal.as(actor).post(`/v1/portal/${action}`, { user_id: target.id });
        const right = by >= 2 && canActOn(by, on) ? 200 : 403;
        const muted = await portal.database.read.select().from(mutes).where(eq(mutes.userId, target.id));
        const isMuted = right === 200 && action === 'hard-mute';
        if (status !== right || muted.length !== Number(isMuted)) wrong.push({ by, on, status, body });
      }
    expect(wrong).toEqual([]);
  });

  test('is refused on oneself, and 404 on nobody', async () => {
    await using portal = await testPortal();
    const owner = await portal.given.owner();
    const on = (user_id: number) => portal.as(owner).post(`/v1/portal/${action}`, { user_id });
    expect(await on(owner.id)).toMatchObject({ status: 400, body: { code: 'ERR_SELF_ACTION' } });
    expect(await on(4711)).toMatchObject({ status: 404, body: { code: 'ERR_NOT_FOUND' } });
    expect(await portal.database.read.select().from(mutes)).toEqual([]);
  });
});
