import type { Clock } from '../../../core/clock.ts';
import { badRequest, invalid } from '../../../core/errors.ts';
import { Level, type Principal, type UserPrincipal } from '../../../core/principal.ts';
import { type Random, randomHex } from '../../../core/random.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { validator } from '../../../wire/validator.ts';
import type { Audit } from '../audit/audit.service.ts';
import type { Rights } from './rights.service.ts';
import { userErrors } from './users.errors.ts';
import { type Profile, type UpdatedProfile, type UpdateProfileBody, Username } from './users.model.ts';
import { type AvatarAddress, DEFAULT_AVATARS, presentProfile, resolveAvatar } from './users.presenter.ts';
import * as repository from './users.repository.ts';
import type { UserRow } from './users.tables.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<never>, 'run'>;
  clock: Clock;
  random: Random;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireOutranks'>;
  avatarAddress: AvatarAddress;
};

type NewUser = Omit<repository.NewUser, 'username' | 'now'> & { username: string | undefined };

export type Users = ReturnType<typeof createUsers>;

const checkUsername = validator(Username);
const nothingToChange = badRequest.saying('Name at least one field to change: username or avatar_source');

export function createUsers({ read, units, clock, random, audit, rights, avatarAddress }: Deps) {
  async function present(db: Queries, row: UserRow): Promise<Profile> {
    return presentProfile(row, await repository.listIdentities(db, row.id), avatarAddress);
  }

  async function require(db: Queries, id: number): Promise<UserRow> {
    const row = await repository.findUser(db, id);
    if (!row) throw userErrors.notFound();
    return row;
  }

  async function requireByName(db: Queries, username: string): Promise<UserRow> {
    const row = await repository.findUserByName(db, username);
    if (!row) throw userErrors.notFound();
    return row;
  }

  /** Adds a user in the caller's unit; without a name, under a free random one. Throws `ERR_USERNAME_TAKEN`. */
  async function add(db: Queries, user: NewUser): Promise<UserRow> {
    const username = user.username ?? `user_${randomHex(random, 8)}`;
    const row = await repository.insertUser(db, { ...user, username, now: clock.now() });
    if (row) return row;
    if (user.username === undefined) return add(db, user);
    throw userErrors.usernameTaken();
  }

  /** Updates the stored picture after the user's choice or platforms changed. */
  async function refreshAvatar(db: Queries, userId: number): Promise<void> {
    const row = await require(db, userId);
    const avatarUrl = resolveAvatar(row.avatarSource, await repository.listIdentities(db, userId));
    if (avatarUrl !== row.avatarUrl) await repository.updateUser(db, userId, { avatarUrl, updatedAt: clock.now() });
  }

  async function rename(db: Queries, row: UserRow, username: string, actor: Principal): Promise<void> {
    checkUsername(username);
    const holder = await repository.findUserByName(db, username);
    if (holder && holder.id !== row.id) throw userErrors.usernameTaken();
    await repository.updateUser(db, row.id, {
      username,
      usernameKey: repository.usernameKey(username),
      updatedAt: clock.now(),
    });
    const metadata = { username: { from: row.username, to: username } };
    await audit.record(db, { event: 'USER_UPDATE', entity: ['user', row.id], actor, metadata });
  }

  /** Returns what is wrong with the choice, if anything. */
  async function chooseAvatar(db: Queries, row: UserRow, source: string): Promise<string | undefined> {
    const identities = await repository.listIdentities(db, row.id);
    const known = [...DEFAULT_AVATARS, ...identities.map(({ platform }) => platform)];
    if (source !== '' && !known.includes(source)) return `avatar_source must be one of ${known.join(', ')}, or empty`;
    const change = {
      avatarSource: source || null,
      avatarUrl: resolveAvatar(source || null, identities),
      updatedAt: clock.now(),
    };
    await repository.updateUser(db, row.id, change);
    return undefined;
  }

  return {
    add,
    require,
    requireByName,
    present,
    refreshAvatar,

    /** Changes a user's name and picture, all or nothing. */
    async update(
      principal: Principal,
      userId: number,
      { username, avatar_source }: UpdateProfileBody,
    ): Promise<UserRow> {
      if (username === undefined && avatar_source === undefined) throw nothingToChange();
      return units.run('update user', async ({ db }) => {
        const { actor, target: row } = await rights.requireOutranks(db, principal, userId, {
          level: Level.Admin,
          self: 'allowed',
        });
        if (username !== undefined) await rename(db, row, username, actor);
        if (avatar_source !== undefined) {
          const refused = await chooseAvatar(db, row, avatar_source);
          if (refused) throw invalid.saying(refused)({ field: 'avatar_source' });
          const metadata = { avatar_source: { from: row.avatarSource, to: avatar_source || null } };
          await audit.record(db, { event: 'USER_UPDATE', entity: ['user', userId], actor, metadata });
        }
        return require(db, userId);
      });
    },

    /** The caller's own profile. */
    async me(principal: UserPrincipal): Promise<Profile> {
      return present(read, await require(read, principal.userId));
    },

    /** Applies each field on its own and reports those that were refused. */
    async updateMe(principal: UserPrincipal, { username, avatar_source }: UpdateProfileBody): Promise<UpdatedProfile> {
      if (username === undefined && avatar_source === undefined) throw nothingToChange();
      return units.run('update profile', async ({ db }) => {
        const errors: Record<string, string> = {};
        if (username !== undefined) {
          const refused = await refusal(db, principal, username);
          if (refused) errors.username = refused;
          else await rename(db, await require(db, principal.userId), username, principal);
        }
        if (avatar_source !== undefined) {
          const refused = await chooseAvatar(db, await require(db, principal.userId), avatar_source);
          if (refused) errors.avatar_source = refused;
        }
        const user = await present(db, await require(db, principal.userId));
        return { user, errors: Object.keys(errors).length > 0 ? errors : null };
      });
    },
  };

  async function refusal(db: Queries, principal: UserPrincipal, username: string): Promise<string | undefined> {
    try {
      checkUsername(username);
    } catch (error) {
      return (error as Error).message.replace(/^body/, 'username');
    }
    const holder = await repository.findUserByName(db, username);
    return holder && holder.id !== principal.userId ? 'This name is taken' : undefined;
  }
}
