import { describe, expect, test } from 'bun:test';
import { DAY_MS } from '../../src/core/durations.ts';
import { AppError } from '../../src/core/errors.ts';
import { Level, type UserPrincipal } from '../../src/core/principal.ts';
import { auditLog } from '../../src/modules/people/audit/audit.tables.ts';
import { type Person, principalOf } from '../support/given.ts';
import { type TestPortal, testPortal } from '../support/portal.ts';

const reason = 'Spam';
const soon = () => new Date(Date.now() + 1000 * DAY_MS).toISOString();

type Scene = { portal: TestPortal; target: Person; botId: number; chatId: number; announcementId: number };
type Act = (scene: Scene, who: UserPrincipal) => Promise<unknown>;

/** What staff does, as a request does it that was let in some time ago, and the least level that it needs. */
const ACTS: Record<string, { level: Level; act: Act }> = {
  'change an account': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.users.update(who, target.id, { avatar_source: 'discord_1' }),
  },
  'delete an account': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.accountDeletion.delete(who, target.id),
  },
  'set a level': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.accountLevels.set(who, target.id, Level.User),
  },
  'ban someone': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.platformModeration.ban(who, target.id, { reason }),
  },
  'unban someone': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.platformModeration.unban(who, target.id),
  },
  'warn someone': {
    level: Level.Moderator,
    act: ({ portal, target }, who) => portal.modules.platformModeration.warn(who, target.id, { reason }),
  },
  'time someone out': {
    level: Level.Moderator,
    act: ({ portal, target }, who) =>
      portal.modules.platformModeration.timeout(who, target.id, { reason, expires_at: '2026-01-02T00:00:00Z' }),
  },
  'grant a subscription': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.subscriptions.grant(who, { user_id: target.id, tier: 3 }),
  },
  'revoke a subscription': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.subscriptions.revoke(who, { user_id: target.id, reason }),
  },
  'list subscribers': { level: Level.Admin, act: ({ portal }, who) => portal.modules.subscriptions.listActive(who) },
  'register a bot': {
    level: Level.Admin,
    act: ({ portal, target }, who) =>
      portal.modules.botManagement.register(who, { name: 'Keeper', owner_id: target.id, platform: 'discord' }),
  },
  'change a bot': {
    level: Level.Admin,
    act: ({ portal, botId }, who) => portal.modules.botManagement.update(who, botId, { name: 'Other' }),
  },
  'give a bot a new key': {
    level: Level.Admin,
    act: ({ portal, botId }, who) => portal.modules.botManagement.regenerateKey(who, botId),
  },
  'reset a bot’s figures': {
    level: Level.Admin,
    act: ({ portal, botId }, who) => portal.modules.botManagement.resetStats(who, botId),
  },
  'delete a bot': {
    level: Level.Admin,
    act: ({ portal, botId }, who) => portal.modules.botManagement.delete(who, botId),
  },
  'notify someone': {
    level: Level.Admin,
    act: ({ portal, target }, who) =>
      portal.modules.broadcasts.send(who, { title: 'Hi', body: 'There', user_ids: [target.id] }),
  },
  'notify everybody': {
    level: Level.Admin,
    act: ({ portal }, who) => portal.modules.broadcasts.send(who, { title: 'Hi', body: 'There' }),
  },
  'announce something': {
    level: Level.Admin,
    act: ({ portal }, who) => portal.modules.announcements.create(who, { title: 'Hi', body: 'There' }),
  },
  'delete an announcement': {
    level: Level.Admin,
    act: ({ portal, announcementId }, who) => portal.modules.announcements.delete(who, announcementId),
  },
  'change a chat': {
    level: Level.Admin,
    act: ({ portal, chatId }, who) => portal.modules.chatManagement.update(who, chatId, { label: 'Pick' }),
  },
  'delete a chat': {
    level: Level.Admin,
    act: ({ portal, chatId }, who) => portal.modules.chatManagement.delete(who, chatId),
  },
  'kick someone from a chat': {
    level: Level.Admin,
    act: ({ portal, chatId, target }, who) => portal.modules.chatManagement.kick(who, chatId, target.id),
  },
  'hand a chat over': {
    level: Level.Owner,
    act: ({ portal, chatId, target }, who) => portal.modules.chatManagement.transfer(who, chatId, target.id),
  },
  'make an official chat': {
    level: Level.Owner,
    act: ({ portal }, who) =>
      portal.modules.chatManagement.createOfficial(who, who.userId, { name: 'General', slug: 'general' }),
  },
  'mute someone everywhere': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.muting.hardMute(who, { user_id: target.id }),
  },
  'lift a mute everywhere': {
    level: Level.Admin,
    act: ({ portal, target }, who) => portal.modules.muting.hardUnmute(who, { user_id: target.id }),
  },
  'read the audit log': {
    level: Level.Moderator,
    act: ({ portal }, who) => portal.modules.audit.list(who, { offset: 0, limit: 1 }),
  },
  'list punishments': {
    level: Level.Moderator,
    act: ({ portal }, who) => portal.modules.platformModeration.list(who, { offset: 0, limit: 1 }),
  },
};
/** These change nothing: a list that was let in may be finished. */
const READS = ['list subscribers', 'read the audit log', 'list punishments'];

async function scene(portal: TestPortal): Promise<Scene> {
  const target = await portal.given.premium();
  const bot = await portal.given.bot();
  const { id: announcementId } = await portal.modules.announcements.create(
    { kind: 'console' },
    { title: 'Hi', body: 'There' },
  );
  const { id: chatId } = await portal.given.chat();
  await portal.given.member({ id: chatId }, target);
  return { portal, target, botId: bot.id, chatId, announcementId };
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof AppError ? `${error.status} ${error.errorCode}` : String(error);
}

const entries = async ({ database }: TestPortal) => (await database.read.select().from(auditLog)).length;

describe('a request under way', () => {
  const CHANGES: [what: string, expected: string, change: (portal: TestPortal, who: Person) => Promise<unknown>][] = [
    [
      'of someone who is demoted meanwhile',
      '403 ERR_FORBIDDEN',
      ({ modules }, who) => modules.accountLevels.set({ kind: 'console' }, who.id, Level.User),
    ],
    [
      'of someone who is banned meanwhile',
      '403 ERR_BANNED',
      ({ modules }, who) => modules.platformModeration.ban({ kind: 'console' }, who.id, { reason }),
    ],
    [
      'of someone who is timed out meanwhile',
      '403 ERR_TIMED_OUT',
      ({ modules }, who) =>
        modules.platformModeration.timeout({ kind: 'console' }, who.id, { reason, expires_at: '2026-02-01T00:00:00Z' }),
    ],
    [
      'of someone whose account is deleted meanwhile',
      '401 ERR_UNAUTHENTICATED',
      ({ modules }, who) => modules.accountDeletion.delete({ kind: 'console' }, who.id),
    ],
  ];

  for (const [what, expected, change] of CHANGES) {
    test(`${what} changes nothing`, async () => {
      await using portal = await testPortal();
      await portal.given.owner();
      const [who, set] = [await portal.given.owner(), await scene(portal)];
      await change(portal, who);
      const before = await entries(portal);
      for (const [name, { act }] of Object.entries(ACTS)) {
        if (READS.includes(name)) continue;
        expect([name, await failure(act(set, principalOf(who, Level.Owner)))]).toEqual([name, expected]);
      }
      expect(await entries(portal)).toBe(before);
    });
  }

  test('of a moderator who is demoted meanwhile puts nobody out of a chat', async () => {
    await using portal = await testPortal();
    const [admin, chat] = [await portal.given.admin(), await portal.given.chat()];
    const member = await portal.given.member(chat);
    await portal.modules.accountLevels.set({ kind: 'console' }, admin.id, Level.User);
    expect(
      await failure(portal.modules.moderation.kick(principalOf(admin, Level.Admin), chat.id, member.id, null)),
    ).toBe('404 ERR_NOT_FOUND');
    expect((await portal.as(member).get(`/v1/portal/chats/${chat.id}`)).status).toBe(200);
  });
});

describe('each service asks for the level that it needs, whatever route or socket calls it:', () => {
  for (const [name, { level, act }] of Object.entries(ACTS)) {
    test(name, async () => {
      await using portal = await testPortal();
      const [who, set] = [await portal.given.person({ level: (level - 1) as Level }), await scene(portal)];
      const before = await entries(portal);
      expect(await failure(act(set, principalOf(who, (level - 1) as Level)))).toBe('403 ERR_FORBIDDEN');
      expect(await entries(portal)).toBe(before);
      const staff = await portal.given.person({ level });
      expect(await failure(act(set, principalOf(staff, level)))).toBe('undefined');
    });
  }
});

describe('of two Owners who act on each other at once, exactly one is done:', () => {
  const AT_ONCE: [what: string, path: (id: number) => string, body: object, refusal: string][] = [
    ['demoting', (id) => `/v1/admin/users/${id}/permission`, { permission_level: 0 }, 'ERR_FORBIDDEN'],
    ['banning', (id) => `/v1/admin/users/${id}/ban`, { reason }, 'ERR_BANNED'],
    ['timing out', (id) => `/v1/admin/users/${id}/timeout`, { reason, expires_at: soon() }, 'ERR_TIMED_OUT'],
    ['deleting', (id) => `/v1/admin/users/${id}/delete`, {}, 'ERR_UNAUTHENTICATED'],
  ];

  for (const [what, path, body, refusal] of AT_ONCE) {
    test(what, async () => {
      await using portal = await testPortal();
      const [ada, bob] = [await portal.given.owner(), await portal.given.owner()];
      const answers = await Promise.all([
        portal.as(ada).post(path(bob.id), body),
        portal.as(bob).post(path(ada.id), body),
      ]);
      const refused = answers.filter(({ status }) => status !== 200);
      expect(refused).toMatchObject([{ body: { code: refusal } }]);
    });
  }
});

test('a bot’s request under way does nothing once the bot is deactivated or deleted', async () => {
  await using portal = await testPortal();
  const { id, apiKey } = await portal.given.bot();
  const { modules } = portal;
  const bot = await modules.bots.findByKey(apiKey);
  if (!bot) throw new Error('the bot has no key');
  const ada = await portal.given.person();
  await portal.given.identity(ada, 'discord', '4711');
  const identity = { platform: 'discord', platform_user_id: '4711', platform_username: 'Ada' };
  const requests = [
    () => modules.ownBot.me(bot),
    () => modules.ownBot.update(bot, { users: 5 }),
    () => modules.ownBot.batch(bot, { commands: [{ command: 'play', count: 1, timestamp: '2026-01-01T00:00:00Z' }] }),
    () => modules.ownBot.user(bot, ada.id),
    () => modules.ownBot.updateUser(bot, ada.id, { username: 'Ada' }),
    () => modules.loginCodes.fetchForBot(bot, identity),
    () => modules.loginCodes.sendByBot(bot, identity),
  ];
  for (const request of requests) expect(await failure(request())).toBe('undefined');
  await modules.botManagement.update({ kind: 'console' }, id, { is_active: false });
  for (const request of requests) expect(await failure(request())).toBe('401 ERR_UNAUTHENTICATED');
  await modules.botManagement.delete({ kind: 'console' }, id);
  for (const request of requests) expect(await failure(request())).toBe('401 ERR_UNAUTHENTICATED');
});
