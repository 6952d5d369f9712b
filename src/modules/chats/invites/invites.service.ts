import { type Clock, isoTime, isoTimeOrNull } from '../../../core/clock.ts';
import { MINUTE_MS, secondsToWait } from '../../../core/durations.ts';
import { invalid, rateLimited } from '../../../core/errors.ts';
import type { ClientPrincipal, UserPrincipal } from '../../../core/principal.ts';
import { type Random, randomBase36 } from '../../../core/random.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import type { RateLimiter } from '../../../ports/rate-limiter.ts';
import { findLastRemoval } from '../../people/sanctions/sanctions.repository.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { presentChat } from '../chats/chats.presenter.ts';
import { findIdBySlug, findStanding } from '../chats/chats.repository.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import { countMembers } from '../chats/member-lists.repository.ts';
import type { Faces } from '../directory/faces.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { Crowds } from '../membership/crowds.ts';
import type { Membership } from '../membership/membership.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import { inviteErrors } from './invites.errors.ts';
import type { CreateInviteBody, Invite, LinkTarget, Resolved } from './invites.model.ts';
import * as repository from './invites.repository.ts';
import type { InviteRow } from './invites.tables.ts';

type InvitesEvent = ChatsEvent | MessagesEvent | E2eeEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<InvitesEvent>, 'run'>;
  clock: Clock;
  random: Random;
  limiter: RateLimiter;
  limits: { enabled: boolean };
  chats: Pick<Chats, 'requireAccess' | 'requireManager'>;
  crowds: Pick<Crowds, 'isCrowd'>;
  membership: Pick<Membership, 'admit'>;
  faces: Faces;
  avatarAddress: AvatarAddress;
};

/** `since`: when the invite was created. `isLive`: false for an invite that has expired or is used up. */
type Entrance = { chatId: number; method: 'invite' | 'vanity'; since: number; isLive: boolean };

/** No account has this id. */
const NOBODY = 0;
const LIVE_AT_ONCE = 20;
/** Per person and chat: each join is announced to everyone in the room and may cost a new key. */
const JOINS = { limit: 5, windowMs: 10 * MINUTE_MS };

export type Invites = ReturnType<typeof createInvites>;

export function createInvites(deps: Deps) {
  const { read, units, clock, random, limiter, limits, chats, crowds, membership, faces, avatarAddress } = deps;

  /** Resolves a code. An invite takes precedence over a slug with the same text. */
  async function findEntrances(db: Queries, code: string): Promise<Entrance[]> {
    const invite = await repository.findInvite(db, code);
    const slugged = await findIdBySlug(db, code.toLowerCase());
    const entrances: Entrance[] = [];
    if (invite) {
      const { chatId, createdAt: since } = invite;
      entrances.push({ chatId, method: 'invite', since, isLive: isLiveAt(invite, clock.now()) });
    }
    if (slugged !== undefined) entrances.push({ chatId: slugged, method: 'vanity', since: 0, isLive: true });
    return entrances;
  }

  /** Resolves a code, with the user's standing in its chat. An invite that is not live exists only for people inside. */
  async function find(db: Queries, who: UserPrincipal | ClientPrincipal, code: string) {
    const userId = who.kind === 'user' ? who.userId : NOBODY;
    for (const entrance of await findEntrances(db, code)) {
      const found = await findStanding(db, entrance.chatId, userId, clock.now());
      if (!found) continue;
      const isInside = found.memberSince !== null || found.chat.ownerId === userId;
      if (!entrance.isLive && !isInside) continue;
      if (found.bannedAt !== null) throw chatErrors.banned();
      return { entrance, found, isInside };
    }
    throw inviteErrors.invalid();
  }

  /** Counts the join against the limit and checks for a crowd. Both happen before the unit begins. */
  async function prepareJoin(who: UserPrincipal, code: string): Promise<boolean> {
    const { found, isInside } = await find(read, who, code);
    if (isInside) return false;
    const isCrowd = await crowds.isCrowd(found.chat.id);
    if (!limits.enabled) return isCrowd;
    const { allowed, resetMs } = await limiter.consume(`joins:${who.userId}:${found.chat.id}`, JOINS);
    if (!allowed) throw rateLimited({ retry_after: secondsToWait(resetMs) });
    return isCrowd;
  }

  /** After a kick or ban from a private chat, a person needs an invite created since then. */
  async function requireFresh(
    db: Queries,
    who: UserPrincipal,
    chat: ChatRow,
    { method, since }: Entrance,
  ): Promise<void> {
    if (method !== 'invite' || chat.visibility !== 'private') return;
    const removedAt = await findLastRemoval(db, who.userId, chat.id);
    if (removedAt !== undefined && removedAt > since) throw inviteErrors.invalid();
  }

  return {
    async create(
      who: UserPrincipal,
      chatId: number,
      { expires_at = null, max_uses = null }: CreateInviteBody,
    ): Promise<Invite> {
      const expiresAt = expires_at === null ? null : Date.parse(expires_at);
      const now = clock.now();
      if (expiresAt !== null && !(expiresAt > now))
        throw invalid.saying('expires_at must be in the future')({ field: 'expires_at' });
      return units.run('create invite', async ({ db }) => {
        await chats.requireManager(db, who, chatId);
        if ((await repository.countLive(db, chatId, now)) >= LIVE_AT_ONCE) throw inviteErrors.quota();
        const code = randomBase36(random, 16);
        const row = { code, chatId, createdById: who.userId, createdAt: now, expiresAt, maxUses: max_uses };
        return present(await repository.insertInvite(db, row));
      });
    },

    async list(who: UserPrincipal, chatId: number): Promise<{ invites: Invite[] }> {
      await chats.requireManager(read, who, chatId);
      return { invites: (await repository.listLive(read, chatId, clock.now())).map(present) };
    },

    async delete(who: UserPrincipal, chatId: number, code: string): Promise<{ message: string }> {
      return units.run('delete invite', async ({ db }) => {
        await chats.requireManager(db, who, chatId);
        if (!(await repository.deleteInvite(db, chatId, code))) throw inviteErrors.notFound();
        return { message: `Invite '${code}' revoked` };
      });
    },

    /** What a link leads to, for those who could join by it, and for clients where nobody is signed in yet. */
    async preview(who: UserPrincipal | ClientPrincipal, code: string): Promise<LinkTarget> {
      const { entrance, found, isInside } = await find(read, who, code);
      const { chat, owner } = found;
      if (!isInside && who.kind === 'user') await requireFresh(read, who, chat, entrance);
      const [shown = []] = await faces.ofEach([chat]);
      return {
        method: entrance.method,
        chat: {
          name: chat.name,
          owner: owner && presentUser(owner, avatarAddress),
          member_count: await countMembers(read, chat.id, chat.ownerId),
          faces: shown,
        },
        joined: isInside,
      };
    },

    /** Joins by an invite or a public chat's slug. If two callers compete for the last use, exactly one gets in. */
    async resolve(who: UserPrincipal, code: string): Promise<Resolved> {
      const isCrowd = await prepareJoin(who, code);
      return units.run('resolve invite', async (unit) => {
        const { entrance, found, isInside } = await find(unit.db, who, code);
        const chat = presentChat(found, avatarAddress);
        if (isInside) return { chat, method: entrance.method, joined: false };
        await requireFresh(unit.db, who, found.chat, entrance);
        const { method } = entrance;
        if (method === 'invite' && !(await repository.takeUse(unit.db, code, clock.now())))
          throw inviteErrors.invalid();
        const way = { method, code: method === 'invite' ? code : found.chat.slug, isCrowd };
        await membership.admit(unit, who, found.chat, way);
        return { chat, method: entrance.method, joined: true };
      });
    },
  };
}

function isLiveAt({ expiresAt, uses, maxUses }: InviteRow, now: number): boolean {
  return (expiresAt === null || expiresAt > now) && (maxUses === null || uses < maxUses);
}

function present(row: InviteRow): Invite {
  return {
    code: row.code,
    chat_id: row.chatId,
    created_by_id: row.createdById,
    created_at: isoTime(row.createdAt),
    expires_at: isoTimeOrNull(row.expiresAt),
    uses: row.uses,
    max_uses: row.maxUses,
  };
}
