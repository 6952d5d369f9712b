import type { Clock } from '../../../core/clock.ts';
import { accountRequired, type ErrorKind } from '../../../core/errors.ts';
import { type Guest, Level, type Principal, personOf, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { Current, Rights } from '../../people/users/rights.service.ts';
import { chatSlots, hasPremium } from '../../people/users/users.policy.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { chatErrors } from './chats.errors.ts';
import type { ChatsEvent } from './chats.events.ts';
import type { Chat, CreateChatBody } from './chats.model.ts';
import * as policy from './chats.policy.ts';
import { presentChat } from './chats.presenter.ts';
import * as repository from './chats.repository.ts';
import type { ChatRow } from './chats.tables.ts';
import { findParticipant } from './participants.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<ChatsEvent>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  users: Pick<Users, 'require'>;
  rights: Pick<Rights, 'current' | 'requireOutranks'>;
  avatarAddress: AvatarAddress;
};

const AS = Symbol('as');

/** The rights that a person can have in a chat. Each includes the ones before it. */
type Role = 'member' | 'moderator' | 'manager';
type Included = { member: 'member'; moderator: 'member' | 'moderator'; manager: Role };

/** Proof that the actor may act on this chat as `As`. Only {@link createChats} issues it, in the acting unit. */
export type Allowed<As extends Role> = {
  readonly chat: ChatRow;
  readonly [AS]: { readonly [R in Included[As]]: true };
};

/** A chat that the caller can enter, and their standing in it. */
export type Entered<As extends Role = 'member'> = Allowed<As> &
  repository.FoundStanding & { standing: policy.Standing };

/** The same for staff, who act on behalf of the chat's owner. */
export type Staffed = Allowed<'manager'> & { owner: UserRow; actor: Current };

/** A person who may talk in a chat. `participant` is their number in a direct chat, null in a group. */
export type Talker = (Entered & { participant: null }) | (Allowed<'member'> & { participant: 1 | 2 });

export type Chats = ReturnType<typeof createChats>;

/** Chats, and who may do what in them. */
export function createChats({ units, clock, audit, users, rights, avatarAddress }: Deps) {
  /** The direct chat, for one of its two; to others it does not exist. */
  async function requireParticipant(db: Queries, who: Guest, chat: ChatRow): Promise<Talker> {
    const participant = await findParticipant(db, chat.id, personOf(who));
    if (participant === undefined) throw chatErrors.notFound();
    return { chat, participant, [AS]: { member: true } };
  }

  /**
   * The chat, for a person who can enter it. To others a private chat does not exist. A direct chat is refused, since
   * what is asked of it concerns groups: see {@link requireTalker}.
   */
  async function requireAccess(db: Queries, who: UserPrincipal, chatId: number): Promise<Entered> {
    const { direct, entered } = await requireStanding(db, who, chatId);
    if (entered) return entered;
    await requireParticipant(db, who, direct);
    throw chatErrors.direct();
  }

  /** The chat, for a person who can enter it; a direct chat, to be checked further. */
  async function requireStanding(
    db: Queries,
    who: UserPrincipal,
    chatId: number,
  ): Promise<{ entered: Entered; direct?: never } | { entered?: never; direct: ChatRow }> {
    const found = await repository.findStanding(db, chatId, who.userId, clock.now());
    if (found?.chat.chatType === 'direct') return { direct: found.chat };
    const standing = found && policy.standingOf(found);
    const access = standing ? policy.accessOf(who, standing) : 'unknown';
    if (access === 'banned') throw chatErrors.banned();
    if (!found || !standing || access === 'unknown') throw chatErrors.notFound();
    return { entered: { ...found, standing, [AS]: { member: true } } };
  }

  /** The chat, group or direct, for a person who may read it and talk there. Throws 404, 403. */
  async function requireTalker(db: Queries, who: Guest, chatId: number): Promise<Talker> {
    if (who.kind === 'stranger') {
      const chat = await repository.findChat(db, chatId);
      if (!chat) throw chatErrors.notFound();
      if (chat.chatType === 'group') throw accountRequired();
      return requireParticipant(db, who, chat);
    }
    const { direct, entered } = await requireStanding(db, who, chatId);
    return entered ? { ...entered, participant: null } : requireParticipant(db, who, direct);
  }

  /** As `requireAccess`, with the caller's current level from the database. */
  async function requireCurrent(db: Queries, principal: UserPrincipal, chatId: number) {
    const who = await rights.current(db, principal);
    return { who, entered: await requireAccess(db, who, chatId) };
  }

  async function requireManager(db: Queries, principal: UserPrincipal, chatId: number): Promise<Entered<'manager'>> {
    const { who, entered } = await requireCurrent(db, principal, chatId);
    if (!policy.canManage(who, entered.standing)) throw chatErrors.notManager();
    return { ...entered, [AS]: { member: true, moderator: true, manager: true } };
  }

  /** The chat's owner or a platform Owner. */
  async function requireKeeper(
    db: Queries,
    principal: UserPrincipal,
    chatId: number,
  ): Promise<Entered<'manager'> & { who: Current<UserPrincipal> }> {
    const { who, entered } = await requireCurrent(db, principal, chatId);
    if (!policy.isOwner(who, entered.standing) && who.level < Level.Owner) throw chatErrors.notOwner();
    return { ...entered, who, [AS]: { member: true, moderator: true, manager: true } };
  }

  /** Deletes a chat for everyone, in the caller's unit. */
  async function end({ db, emit }: Unit<ChatsEvent>, actor: Principal, { chat }: Allowed<'manager'>): Promise<void> {
    await repository.markDeleted(db, chat.id, clock.now());
    const metadata = { name: chat.name };
    await audit.record(db, { event: 'CHAT_DELETE', entity: ['chat', chat.id], actor, metadata });
    emit({ name: 'chat.deleted', chatId: chat.id });
  }

  return {
    requireAccess,
    requireTalker,
    requireCurrent,
    requireManager,
    requireKeeper,
    end,

    /** Throws `refusal` for a person who can enter the chat but not moderate it. */
    async requireModerator(
      db: Queries,
      principal: UserPrincipal,
      chatId: number,
      { refusal = chatErrors.notManager }: { refusal?: ErrorKind } = {},
    ): Promise<Entered<'moderator'> & { who: Current<UserPrincipal> }> {
      const { who, entered } = await requireCurrent(db, principal, chatId);
      if (!policy.canModerate(who, entered.standing)) throw refusal();
      return { ...entered, who, [AS]: { member: true, moderator: true } };
    },

    /**
     * A group chat, its owner, and the staff member or operator who acts on the owner's behalf: the owner, or someone
     * who outranks them. Throws 404, 403.
     */
    async requireStaff(db: Queries, principal: Principal, chatId: number, level: Level): Promise<Staffed> {
      const chat = await repository.findChat(db, chatId);
      if (chat?.chatType !== 'group' || chat.ownerId === null) throw chatErrors.notFound();
      const rule = { level, self: 'allowed', outranked: chatErrors.ownerOutranks } as const;
      const { actor, target: owner } = await rights.requireOutranks(db, principal, chat.ownerId, rule);
      return { chat, owner, actor, [AS]: { member: true, moderator: true, manager: true } };
    },

    /** Creates a private chat. Throws `ERR_PREMIUM_REQUIRED`, `ERR_CHAT_SLOT_LIMIT`. */
    async create(who: UserPrincipal, body: CreateChatBody): Promise<Chat> {
      return units.run('create chat', async ({ db }) => {
        const owner = await users.require(db, who.userId);
        const now = clock.now();
        const slots = chatSlots(owner.permissionLevel, hasPremium(owner, now));
        if (slots === 0) throw chatErrors.premiumRequired();
        if ((await repository.countOwned(db, owner.id)) >= slots) throw chatErrors.slotLimit({ limit: slots });
        const chat = await repository.insertChat(db, {
          chatType: 'group',
          name: body.name.trim(),
          ownerId: owner.id,
          visibility: 'private',
          description: body.description ?? null,
          allowControlRequests: body.allow_control_requests ?? false,
          browserConfig: policy.browserConfigOf(body.browser_config),
          lastActivityAt: now,
          createdAt: now,
          updatedAt: now,
        });
        const metadata = { name: chat.name };
        await audit.record(db, { event: 'CHAT_CREATE', entity: ['chat', chat.id], actor: who, metadata });
        return presentChat({ chat, owner }, avatarAddress);
      });
    },

    /** Deletes a chat for everyone. Takes the chat's owner or a platform Owner. */
    async delete(principal: UserPrincipal, chatId: number): Promise<{ message: string }> {
      return units.run('delete chat', async (unit) => {
        const { who, ...kept } = await requireKeeper(unit.db, principal, chatId);
        await end(unit, who, kept);
        return { message: `Chat '${kept.chat.name}' destroyed` };
      });
    },
  };
}
