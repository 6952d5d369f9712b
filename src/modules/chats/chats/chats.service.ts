import type { Clock } from '../../../core/clock.ts';
import { Level, type Principal, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import { chatSlots, hasPremium } from '../../people/users/users.policy.ts';
import type { AvatarAddress } from '../../people/users/users.presenter.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { ChatsQuery, EnterableChat } from '../directory/chat-lists.model.ts';
import * as lists from '../directory/chat-lists.repository.ts';
import type { Liveliness } from '../directory/liveliness.ts';
import { chatErrors } from './chats.errors.ts';
import type { ChatsEvent } from './chats.events.ts';
import type { Chat, ChatDetails, CreateChatBody } from './chats.model.ts';
import * as policy from './chats.policy.ts';
import { presentChat, presentChatDetails, presentVisibleChat } from './chats.presenter.ts';
import * as repository from './chats.repository.ts';
import type { ChatRow } from './chats.tables.ts';
import * as membersRepository from './members.repository.ts';

type Deps = {
  read: Queries;
  units: Pick<Units<ChatsEvent>, 'run'>;
  clock: Clock;
  liveliness: Liveliness;
  audit: Audit;
  users: Pick<Users, 'require'>;
  avatarAddress: AvatarAddress;
};

/** Of more public chats a list would be long for the server as well as for people; the rest is on further pages. */
const LISTED = 500;

export type Chats = ReturnType<typeof createChats>;
/** A chat that the caller may enter, and how they stand in it. */
export type Entered = repository.FoundStanding & { standing: policy.Standing };

export function createChats({ read, units, clock, liveliness, audit, users, avatarAddress }: Deps) {
  async function find(db: Queries, who: UserPrincipal, chatId: number): Promise<Entered | undefined> {
    const found = await repository.findStanding(db, chatId, who.userId, clock.now());
    return found && { ...found, standing: policy.standingOf(found) };
  }

  /** The chat, for someone who may enter it. To others a private chat does not exist. */
  async function requireAccess(db: Queries, who: UserPrincipal, chatId: number): Promise<Entered> {
    const found = await find(db, who, chatId);
    const access = found ? policy.accessOf(who, found.standing) : 'unknown';
    if (access === 'banned') throw chatErrors.banned();
    if (!found || access === 'unknown') throw chatErrors.notFound();
    return found;
  }

  async function requireManager(db: Queries, who: UserPrincipal, chatId: number): Promise<Entered> {
    const found = await requireAccess(db, who, chatId);
    if (!policy.canManage(who, found.standing)) throw chatErrors.notManager();
    return found;
  }

  /** Ends a chat for everybody, in the caller's unit. */
  async function end({ db, emit }: Unit<ChatsEvent>, actor: Principal, chat: ChatRow): Promise<void> {
    await repository.markDeleted(db, chat.id, clock.now());
    const metadata = { name: chat.name };
    await audit.record(db, { event: 'CHAT_DELETE', entity: ['chat', chat.id], actor, metadata });
    emit({ name: 'chat.deleted', chatId: chat.id });
  }

  return {
    requireAccess,
    requireManager,
    end,

    /**
     * The chats that someone can enter: official and own ones with the latest public ones, or a page of all when they ask for
     * one.
     */
    async list(
      { userId }: UserPrincipal,
      { offset, limit }: ChatsQuery = {},
    ): Promise<{ items: EnterableChat[]; total: number }> {
      const isPage = offset !== undefined || limit !== undefined;
      const found = !isPage
        ? await lists.listVisible(read, userId, LISTED)
        : await lists.listVisiblePage(read, userId, offset ?? 0, limit ?? LISTED);
      // Fewer than are given at most are all there are.
      const total = !isPage && found.length < LISTED ? found.length : await lists.countVisible(read, userId);
      return { items: found.map((one) => ({ ...presentVisibleChat(one, avatarAddress), secrets: [] })), total };
    },

    async details(who: UserPrincipal, chatId: number): Promise<ChatDetails> {
      const found = await requireAccess(read, who, chatId);
      const live = { ...(await liveliness.of(chatId)), can_manage: policy.canManage(who, found.standing) };
      return presentChatDetails(found, live, avatarAddress);
    },

    /** Makes a private chat. Throws `ERR_PREMIUM_REQUIRED`, `ERR_CHAT_SLOT_LIMIT`. */
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
        await audit.record(db, {
          event: 'CHAT_CREATE',
          entity: ['chat', chat.id],
          actor: who,
          metadata: { name: chat.name },
        });
        return presentChat({ chat, owner }, avatarAddress);
      });
    },

    /** Ends a chat for everybody. The chat's owner, and Owners of the platform. */
    async delete(who: UserPrincipal, chatId: number): Promise<{ message: string }> {
      return units.run('delete chat', async (unit) => {
        const { chat, standing } = await requireAccess(unit.db, who, chatId);
        if (!policy.isOwner(who, standing) && who.level < Level.Owner) throw chatErrors.notOwner();
        await end(unit, who, chat);
        return { message: `Chat '${chat.name}' destroyed` };
      });
    },

    /**
     * Ends someone's membership in the caller's unit, with what follows from it told after the commit. False when they were
     * neither a member nor in the room.
     */
    async endMembership(
      { db, emit }: Unit<ChatsEvent>,
      {
        chatId,
        userId,
        how,
        reason,
      }: { chatId: number; userId: number; how: 'leave' | 'kick' | 'ban'; reason: string | null },
    ): Promise<boolean> {
      const wasMember = await membersRepository.removeMember(db, chatId, userId);
      const visit = await membersRepository.findVisit(db, chatId, userId);
      const now = clock.now();
      await membersRepository.insertActivity(db, { chatId, userId, action: how, createdAt: now });
      await membersRepository.forgetVisit(db, chatId, userId);
      const wasThere = wasMember || visit?.leftAt === null;
      emit({ name: 'member.removed', chatId, userId, how, reason, wasThere });
      return wasThere;
    },
  };
}
