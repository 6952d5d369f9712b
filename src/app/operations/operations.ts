import { type Static, Type } from '@sinclair/typebox';
import { DAY_MS } from '../../core/durations.ts';
import { badRequest } from '../../core/errors.ts';
import { CONSOLE, LEVEL_NAMES, type Level } from '../../core/principal.ts';
import { Platform } from '../../modules/people/bots/bots.model.ts';
import { identityErrors } from '../../modules/people/users/users.errors.ts';
import { Username } from '../../modules/people/users/users.model.ts';
import { TIER_NAMES, Tier } from '../../modules/people/users/users.policy.ts';
import { insertIdentity, listUsers } from '../../modules/people/users/users.repository.ts';
import type { Portal } from '../create-portal.ts';
import { announcementOperations } from './announcements.ts';
import { auditOperations } from './audit.ts';
import { backupOperations } from './backup.ts';
import { botOperations } from './bots.ts';
import { chatOperations } from './chats.ts';
import { claimOperations } from './claim.ts';
import type { ControlRequest } from './control-protocol.ts';
import { doctorOperations } from './doctor.ts';
import { moderationOperations } from './moderation.ts';
import { type Operation, operation, type Running } from './operation.ts';
import { reportOperations } from './reports.ts';
import { strangerOperations } from './strangers.ts';
import { subscriptionOperations } from './subscriptions.ts';
import { userOperations } from './users.ts';

const Name = Type.String({ minLength: 1, maxLength: 64 });

const CreateUser = Type.Object({
  username: Username,
  level: Type.Optional(Type.Union([Type.Literal('user'), Type.Literal('moderator'), Type.Literal('admin')])),
  tier: Type.Optional(Type.Union(TIER_NAMES.map((name) => Type.Literal(name)))),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
  platform: Type.Optional(Platform),
  platform_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});

const operations: readonly Operation[] = [
  ...announcementOperations,
  ...auditOperations,
  ...backupOperations,
  ...botOperations,
  ...chatOperations,
  ...claimOperations,
  ...doctorOperations,
  ...moderationOperations,
  ...reportOperations,
  ...strangerOperations,
  ...subscriptionOperations,
  ...userOperations,
  operation({
    name: 'owner.create',
    args: Type.Object({ username: Username }),
    async run({ modules, database }, { username }) {
      const { row, code, expires_at } = await modules.auth.createOwner(username, CONSOLE);
      return { user: await modules.users.present(database.read, row), code, expires_at };
    },
  }),
  operation({
    name: 'login-code',
    args: Type.Object({ username: Name }),
    run: ({ modules }, { username }) => modules.auth.consoleCode(username),
  }),
  operation({
    name: 'public-key',
    args: Type.Object({ rotate: Type.Optional(Type.Boolean()) }),
    async run({ modules: { publicKey } }, { rotate = false }) {
      return { public_key: rotate ? await publicKey.rotate() : publicKey.current() };
    },
  }),
  operation({ name: 'user.create', args: CreateUser, run: createUser }),
  operation({
    name: 'user.show',
    args: Type.Object({ username: Name }),
    async run({ modules: { users }, database: { read } }, { username }) {
      return users.present(read, await users.requireByName(read, username));
    },
  }),
  operation({
    name: 'user.list',
    args: Type.Object({ after: Type.Integer({ minimum: 0 }), limit: Type.Integer({ minimum: 1, maximum: 1000 }) }),
    async run({ modules: { users }, database: { read } }, { after, limit }) {
      const rows = await listUsers(read, after, limit);
      return Promise.all(rows.map((row) => users.present(read, row)));
    },
  }),
];

const byName = new Map(operations.map((one) => [one.name, one]));

/** Performs a command. Throws what the services throw. */
export async function perform(
  portal: Portal,
  { operation: name, args }: ControlRequest,
  running?: Running,
): Promise<unknown> {
  const found = byName.get(name);
  if (!found)
    throw badRequest.saying(
      `The server does not know the command "${name}": it is older than this program. Restart it`,
    )();
  return found.run(portal, args, running);
}

async function createUser(
  { modules: { users, registration }, database }: Portal,
  args: Static<typeof CreateUser>,
): Promise<unknown> {
  const { username, level = 'user', tier = 'basic', days, platform, platform_id: platformUserId } = args;
  if ((platform === undefined) !== (platformUserId === undefined)) {
    throw badRequest.saying('--platform and --platform-id go together')();
  }
  const row = await database.units.run('create user', async (unit) => {
    const created = await registration.create(unit, {
      username,
      level: LEVEL_NAMES.indexOf(level) as Level,
      tier: TIER_NAMES.indexOf(tier as (typeof TIER_NAMES)[number]) as Tier,
      subscriptionExpiresAt: expiry(tier, days),
      actor: CONSOLE,
    });
    if (platform !== undefined && platformUserId !== undefined) {
      const identity = { platform, platformUserId, userId: created.id, linkedAt: Date.now() };
      if (!(await insertIdentity(unit.db, identity))) throw identityErrors.taken();
    }
    return created;
  });
  return users.present(database.read, row);
}

/** When a subscription that starts now ends. */
function expiry(tier: string, days: number | undefined): number | null {
  if (days !== undefined && tier !== 'premium') throw badRequest.saying('--days is only for --tier premium')();
  if (tier === 'premium') return Date.now() + (days ?? 30) * DAY_MS;
  return tier === TIER_NAMES[Tier.Trial] ? Date.now() + 7 * DAY_MS : null;
}
