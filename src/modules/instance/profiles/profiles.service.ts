import { type Clock, isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import { type ClientPrincipal, Level, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import { presentBot } from '../../people/bots/bots.presenter.ts';
import type { SessionLists } from '../../people/sessions/session-lists.service.ts';
import { userErrors } from '../../people/users/users.errors.ts';
import { canActOn, hasPremium } from '../../people/users/users.policy.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import type { FoundUsers, OwnedChat, OwnSubscription, Punishment, SearchQuery, UserView } from './profiles.model.ts';
import * as presenter from './profiles.presenter.ts';
import * as records from './records.repository.ts';
import * as searching from './search.repository.ts';

type Deps = {
  read: Queries;
  clock: Clock;
  users: Pick<Users, 'require' | 'requireByName' | 'present'>;
  sessionLists: Pick<SessionLists, 'latestOf'>;
  avatarAddress: AvatarAddress;
};

const SHOWN = 100;

export type Profiles = ReturnType<typeof createProfiles>;

/** Views of users: one's own, the public one and the one for staff. */
export function createProfiles({ read, clock, users, sessionLists, avatarAddress }: Deps) {
  async function punishments(userId: number, offset: number, limit: number): Promise<Punishment[]> {
    return (await records.listPunishments(read, { userId, offset, limit })).map(presenter.presentPunishment);
  }

  async function ownedChats(userId: number): Promise<OwnedChat[]> {
    return (await records.listOwnedChats(read, userId)).map(presenter.presentOwnedChat);
  }

  async function tierChanges(userId: number) {
    return (await records.listSubscriptionChanges(read, userId, SHOWN)).map(presenter.presentSubscriptionChange);
  }

  /** Everything on record. Only Owners see the session history. */
  async function everythingOf(row: UserRow, forOwner: boolean): Promise<UserView> {
    return {
      ...(await users.present(read, row)),
      moderation_actions: await punishments(row.id, 0, SHOWN),
      chats: await ownedChats(row.id),
      bots: (await records.listOwnedBots(read, row.id)).map(presentBot),
      subscription_history: await tierChanges(row.id),
      permission_history: (await records.listPermissionChanges(read, row.id, SHOWN)).map(
        presenter.presentPermissionChange,
      ),
      session_history: forOwner ? await sessionLists.latestOf(row.id) : [],
    };
  }

  function view(who: UserPrincipal | ClientPrincipal, row: UserRow): Promise<UserView> | UserView {
    const isOwn = who.kind === 'user' && who.userId === row.id;
    const isStaff = who.kind === 'user' && who.level >= Level.Admin && canActOn(who.level, row.permissionLevel);
    if (!isOwn && !isStaff) return presenter.presentPublicUser(row, avatarAddress);
    return everythingOf(row, who.level === Level.Owner);
  }

  return {
    /** The caller's own chats. */
    ownChats: ({ userId }: UserPrincipal) => ownedChats(userId),

    /** Moderation actions against the caller, newest first. */
    async ownPunishments({ userId }: UserPrincipal, { offset, limit }: { offset: number; limit: number }) {
      return { items: await punishments(userId, offset, limit), total: await records.countPunishments(read, userId) };
    },

    async ownSubscription({ userId }: UserPrincipal): Promise<OwnSubscription> {
      const row = await users.require(read, userId);
      const history = await tierChanges(userId);
      const madeAt = isoTime(row.createdAt);
      return {
        subscription_tier: row.subscriptionTier,
        expires_at: isoTimeOrNull(row.subscriptionExpiresAt),
        is_active: hasPremium(row, clock.now()),
        history,
        created_at: madeAt,
        updated_at: history[0]?.created_at ?? madeAt,
      };
    },

    async byId(who: UserPrincipal | ClientPrincipal, userId: number): Promise<UserView> {
      return view(who, await users.require(read, userId));
    },

    async byName(who: UserPrincipal, username: string): Promise<UserView> {
      return view(who, await users.requireByName(read, username));
    },

    /** Admins find only users they can act on, with filters and full views. Everyone else gets public views. */
    async search(who: UserPrincipal, { q = '', offset, limit, ...filters }: SearchQuery): Promise<FoundUsers> {
      const isStaff = who.level >= Level.Admin;
      if (!isStaff && Object.values(filters).some((filter) => filter !== undefined))
        throw userErrors.filtersAreForStaff();
      const { rows, total } = await searching.searchUsers(read, {
        q,
        level: filters.permission_level,
        tier: filters.subscription_tier,
        state: filters.state,
        levelBelow: isStaff && who.level < Level.Owner ? who.level : undefined,
        offset,
        limit,
      });
      const found: UserView[] = [];
      for (const row of rows)
        found.push(
          isStaff
            ? await everythingOf(row, who.level === Level.Owner)
            : presenter.presentPublicUser(row, avatarAddress),
        );
      return { users: found, total, limit, offset };
    },
  };
}
