import type { Clock } from '../../../core/clock.ts';
import { invalid, levelRequired } from '../../../core/errors.ts';
import { hasLevel, Level, type Principal, personOfUser, type UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit, Units } from '../../../db/units.ts';
import type { Online } from '../../../ports/online.ts';
import { chatErrors } from '../../chats/chats/chats.errors.ts';
import type { ChatsEvent } from '../../chats/chats/chats.events.ts';
import { browserConfigOf } from '../../chats/chats/chats.policy.ts';
import { presentBrowserConfig } from '../../chats/chats/chats.presenter.ts';
import * as repository from '../../chats/chats/chats.repository.ts';
import type { Chats } from '../../chats/chats/chats.service.ts';
import type { ChatRow } from '../../chats/chats/chats.tables.ts';
import { countMembers, listMembers } from '../../chats/chats/member-lists.repository.ts';
import * as members from '../../chats/chats/members.repository.ts';
import type { Liveliness } from '../../chats/directory/liveliness.ts';
import type { E2eeEvent } from '../../chats/keys/keys.events.ts';
import { presentMember } from '../../chats/membership/membership.presenter.ts';
import type { MessagesEvent } from '../../chats/messages/messages.events.ts';
import type { ModerationEvent } from '../../chats/moderation/moderation.events.ts';
import type { Moderation } from '../../chats/moderation/moderation.service.ts';
import type { Pardon } from '../../chats/moderation/pardon.ts';
import type { ChatEditor } from '../../chats/settings/chat-editor.service.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import type { Rights } from '../../people/users/rights.service.ts';
import { isBanned, isTimedOut } from '../../people/users/users.policy.ts';
import { type AvatarAddress, presentUser } from '../../people/users/users.presenter.ts';
import type { Users } from '../../people/users/users.service.ts';
import type { UserRow } from '../../people/users/users.tables.ts';
import { countChatsOfVisibility } from '../statistics/statistics.repository.ts';
import type * as model from './chat-management.model.ts';
import { presentAdminChat, presentOfficialChat } from './chat-management.presenter.ts';
import * as groups from './chat-management.repository.ts';

type Events = ChatsEvent | E2eeEvent | MessagesEvent | ModerationEvent;

type Deps = {
  read: Queries;
  units: Pick<Units<Events>, 'run'>;
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  rights: Pick<Rights, 'requireLevel'>;
  users: Pick<Users, 'require'>;
  chats: Pick<Chats, 'end' | 'requireStaff'>;
  chatEditor: ChatEditor;
  moderation: Pick<Moderation, 'kick'>;
  pardon: Pardon;
  liveliness: Liveliness;
  online: Pick<Online, 'among'>;
  avatarAddress: AvatarAddress;
  /** Called when a chat's public appearance changed. */
  changed(chatId: number): void;
};

const MEMBERS_SHOWN = 200;
const slugNeeded = invalid.saying('slug is required for official and public chats');
const slugOfPrivate = invalid.saying('slug must be null for private chats');

export type ChatManagement = ReturnType<typeof createChatManagement>;

/**
 * Managing chats as staff: one's own, and those whose owner one outranks. Direct chats belong to the two people in them and
 * do not exist here.
 */
export function createChatManagement(deps: Deps) {
  const { read, units, clock, audit, rights, users, chats, chatEditor, moderation, pardon, liveliness, online } = deps;
  const { avatarAddress, changed } = deps;

  async function show(chatId: number): Promise<model.AdminChatDetails> {
    const row = await groups.findGroup(read, chatId);
    if (!row) throw chatErrors.notFound();
    const first = await listMembers(read, chatId, row.ownerId, { limit: MEMBERS_SHOWN });
    const here = await online.among(first.map(({ id }) => personOfUser(id)));
    return {
      ...presentAdminChat(row, await liveliness.of(chatId), avatarAddress),
      browser_config: presentBrowserConfig(row),
      member_count: await countMembers(read, chatId, row.ownerId),
      members: first.map((member) => presentMember(member, here.has(personOfUser(member.id)), avatarAddress)),
    };
  }

  async function countGroups(): Promise<number> {
    let total = 0;
    for (const visibility of ['official', 'public', 'private'] as const)
      total += await countChatsOfVisibility(read, visibility);
    return total;
  }

  /** Transfers the chat in the caller's unit. The old owner stays as a member unless banned; bans and mutes of the new one end. */
  async function handOver(unit: Unit<Events>, chat: ChatRow, from: UserRow, to: UserRow): Promise<void> {
    const now = clock.now();
    await repository.updateChat(unit.db, chat.id, { ownerId: to.id, updatedAt: now });
    await members.removeMember(unit.db, chat.id, to.id);
    const standing = await repository.findStanding(unit.db, chat.id, from.id, now);
    if (standing?.bannedAt === null) await members.addMember(unit.db, chat.id, from.id, now);
    await pardon(unit, chat.id, to.id);
    const owner = presentUser(to, avatarAddress);
    unit.emit({ name: 'chat.updated', chatId: chat.id, changes: { owner } });
  }

  return {
    async show(principal: Principal, chatId: number): Promise<model.AdminChatDetails> {
      if (!hasLevel(principal, Level.Admin)) throw levelRequired(Level.Admin)();
      return show(chatId);
    },

    /** All chats except direct ones, newest first. */
    async list(principal: Principal, { offset, limit }: model.AdminChatsQuery) {
      if (!hasLevel(principal, Level.Admin)) throw levelRequired(Level.Admin)();
      const rows = await groups.listGroups(read, offset, limit);
      const items = (await liveliness.ofEach(rows)).map(([row, live]) => presentAdminChat(row, live, avatarAddress));
      return { items, total: await countGroups() };
    },

    /** Creates an official chat owned by an Owner. Throws `ERR_SLUG_TAKEN`. */
    async createOfficial(
      principal: Principal,
      ownerId: number,
      { name, slug, description, allow_control_requests = false, browser_config }: model.OfficialChatBody,
    ): Promise<model.OfficialChat> {
      const { chat, owner } = await units.run('create official chat', async ({ db }) => {
        const actor = await rights.requireLevel(db, principal, Level.Owner);
        const owner = await users.require(db, ownerId);
        if (owner.permissionLevel < Level.Owner) throw chatErrors.notAnOwner();
        if ((await repository.findIdBySlug(db, slug)) !== undefined) throw chatErrors.slugTaken({ field: 'slug' });
        const now = clock.now();
        const times = { lastActivityAt: now, createdAt: now, updatedAt: now };
        const chat = await repository.insertChat(db, {
          chatType: 'group',
          name: name.trim(),
          ownerId,
          visibility: 'official',
          slug,
          description: description ?? null,
          allowControlRequests: allow_control_requests,
          browserConfig: browserConfigOf(browser_config),
          ...times,
        });
        const metadata = { name: chat.name, visibility: chat.visibility, slug };
        await audit.record(db, { event: 'CHAT_CREATE', entity: ['chat', chat.id], actor, metadata });
        return { chat, owner };
      });
      changed(chat.id);
      return presentOfficialChat(chat, slug, owner.username, await liveliness.of(chat.id));
    },

    /** Changes a chat. Making it official, and the slug or visibility of an official one, are for Owners. */
    async update(principal: Principal, chatId: number, body: model.UpdateChatBody): Promise<model.AdminChatDetails> {
      await units.run('update chat', async (unit) => {
        const managed = await chats.requireStaff(unit.db, principal, chatId, Level.Admin);
        const { chat, actor } = managed;
        const changes = changesOf(chat, body);
        const isWithinOfficial = [changes.visibility, chat.visibility].includes('official');
        const isMoved = changes.visibility !== chat.visibility || changes.slug !== chat.slug;
        if (isWithinOfficial && isMoved && !hasLevel(actor, Level.Owner)) throw chatErrors.officialForOwners();
        await chatEditor.change(unit, actor, managed, changes);
      });
      return show(chatId);
    },

    /** Deletes a chat. */
    async delete(principal: Principal, chatId: number): Promise<{ message: string }> {
      return units.run('delete chat', async (unit) => {
        const managed = await chats.requireStaff(unit.db, principal, chatId, Level.Admin);
        const { chat, actor } = managed;
        await chats.end(unit, actor, managed);
        return { message: `Chat '${chat.name}' deleted` };
      });
    },

    /** Kicks someone, under the rules of moderation. For Admins. */
    async kick(who: UserPrincipal, chatId: number, userId: number): Promise<{ message: string }> {
      await rights.requireLevel(read, who, Level.Admin);
      const { username, chat } = await moderation.kick(who, chatId, userId, null);
      return { message: `Kicked ${username} from chat '${chat}'` };
    },

    /** Transfers a chat to another user, whatever their slots. For Owners. */
    async transfer(principal: Principal, chatId: number, newOwnerId: number): Promise<{ message: string }> {
      return units.run('transfer chat', async (unit) => {
        const { db } = unit;
        const { chat, owner, actor } = await chats.requireStaff(db, principal, chatId, Level.Owner);
        const heir = await users.require(db, newOwnerId);
        if (heir.id === owner.id) throw chatErrors.ownsAlready();
        if (isBanned(heir, clock.now()) || isTimedOut(heir, clock.now())) throw chatErrors.heirNotActive();
        await handOver(unit, chat, owner, heir);
        const metadata = { name: chat.name, owner_id: { from: owner.id, to: heir.id } };
        await audit.record(db, { event: 'CHAT_TRANSFER', entity: ['chat', chatId], actor, metadata });
        return { message: `Chat '${chat.name}' transferred to user ${heir.id}` };
      });
    },
  };
}

type Changes = repository.ChatChanges & Pick<ChatRow, 'visibility' | 'slug'>;

/** The changes to apply. A slug alone makes a private chat public, null makes it private, and no private chat has one. */
function changesOf(chat: ChatRow, body: model.UpdateChatBody): Changes {
  const { name, label, description, browser_config } = body;
  const wanted = [name, body.visibility, label, description, body.slug, browser_config];
  if (wanted.every((value) => value === undefined)) throw chatErrors.noChange();
  const { visibility = visibilityOf(chat, body.slug), slug = visibility === 'private' ? null : chat.slug } = body;
  if (visibility === 'private' && slug !== null) throw slugOfPrivate({ field: 'slug' });
  if (visibility !== 'private' && slug === null) throw slugNeeded({ field: 'slug' });
  return {
    visibility,
    slug,
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...(browser_config === undefined ? {} : { browserConfig: browserConfigOf(browser_config, chat.browserConfig) }),
  };
}

function visibilityOf(chat: ChatRow, slug: string | null | undefined): ChatRow['visibility'] {
  if (slug === null) return 'private';
  return slug !== undefined && chat.visibility === 'private' ? 'public' : chat.visibility;
}
