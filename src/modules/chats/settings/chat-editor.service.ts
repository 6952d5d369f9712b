import type { Clock } from '../../../core/clock.ts';
import type { Level, Principal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Unit } from '../../../db/units.ts';
import type { Audit } from '../../people/audit/audit.service.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { ChatDetails } from '../chats/chats.model.ts';
import { accessOf, standingOf } from '../chats/chats.policy.ts';
import { presentBrowserConfig } from '../chats/chats.presenter.ts';
import { type ChatChanges, findIdBySlug, findStanding, updateChat } from '../chats/chats.repository.ts';
import type { Allowed } from '../chats/chats.service.ts';
import type { ChatRow } from '../chats/chats.tables.ts';
import * as members from '../chats/members.repository.ts';
import { deleteInvitesOfOthers } from '../invites/invites.repository.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { E2ee } from '../keys/keys.service.ts';
import type { Membership } from '../membership/membership.service.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';

type Deps = {
  clock: Clock;
  audit: Pick<Audit, 'record'>;
  membership: Pick<Membership, 'putOut'>;
  e2ee: Pick<E2ee, 'rotate'>;
  messages: Pick<Messages, 'announce'>;
};

type Events = ChatsEvent | E2eeEvent | MessagesEvent;

/** The wire names of the columns that clients hear about. Other changes are not sent. */
const SHOWN = {
  name: 'name',
  description: 'description',
  label: 'label',
  slug: 'slug',
  visibility: 'visibility',
  wipePreset: 'wipe_preset',
  historyVisible: 'history_visible',
  allowControlRequests: 'allow_control_requests',
  lockedControls: 'locked_controls',
  implicitHosting: 'implicit_hosting',
  inactiveCursors: 'inactive_cursors',
  browserConfig: 'browser_config',
} as const satisfies Partial<Record<keyof ChatChanges, keyof ChatDetails>>;

/** Announced in the chat, because it affects what people say there. */
const SAYS = {
  official: 'This chat is official now: anyone can join',
  public: 'This chat is public now: anyone can join',
  private: 'This chat is private now',
} as const;

const PRIVATE_NOW = SAYS.private;

export type ChatEditor = ReturnType<typeof createChatEditor>;

/** Changes a chat's settings. */
export function createChatEditor({ clock, audit, membership, e2ee, messages }: Deps) {
  /**
   * Removes everyone who was only there because the chat was open, and replaces the key so that they cannot read on.
   * Visitors who are away will join anew if they return. Invites made by anyone but the owner are void.
   */
  async function close(unit: Unit<Events>, { id: chatId, ownerId }: ChatRow): Promise<void> {
    let mayReadOn = await members.forgetGuests(unit.db, chatId, ownerId);
    for (const userId of await members.listPresentIds(unit.db, chatId)) {
      if (await mayStay(unit.db, chatId, userId)) continue;
      const exit = { chatId, userId, by: 'rule', how: 'kick', reason: PRIVATE_NOW, rekey: 'later' } as const;
      await membership.putOut(unit, exit);
      mayReadOn = true;
    }
    if (mayReadOn) await e2ee.rotate(unit, chatId, 'kick');
    await deleteInvitesOfOthers(unit.db, chatId, ownerId);
  }

  async function mayStay(db: Queries, chatId: number, userId: number): Promise<boolean> {
    const found = await findStanding(db, chatId, userId, clock.now());
    const [person] = await members.listPeople(db, [userId]);
    if (!found || !person) return false;
    return accessOf({ userId, level: person.permissionLevel as Level }, standingOf(found)) === 'granted';
  }

  return {
    /**
     * Changes a chat in the caller's unit; unchanged fields are dropped. The room is told after the commit, and an
     * audit entry lists the fields. A chat that turns private keeps only its members. Throws `ERR_SLUG_TAKEN`.
     */
    async change(
      unit: Unit<Events>,
      actor: Principal,
      { chat }: Allowed<'manager'>,
      wanted: ChatChanges,
    ): Promise<ChatRow> {
      const fields = (Object.keys(wanted) as (keyof ChatChanges)[]).filter(
        (field) => JSON.stringify(wanted[field]) !== JSON.stringify(chat[field]),
      );
      if (fields.length === 0) return chat;
      if (fields.includes('slug') && wanted.slug) {
        const taken = await findIdBySlug(unit.db, wanted.slug);
        if (taken !== undefined) throw chatErrors.slugTaken({ field: 'slug' });
      }
      const changes = Object.fromEntries(fields.map((field) => [field, wanted[field]])) as ChatChanges;
      const changed = await updateChat(unit.db, chat.id, { ...changes, updatedAt: clock.now() });
      if (chat.visibility !== 'private' && changed.visibility === 'private') await close(unit, chat);
      const shown = shownOf(fields, wanted, chat, changed);
      await audit.record(unit.db, {
        event: 'CHAT_UPDATE',
        entity: ['chat', chat.id],
        actor,
        metadata: { name: chat.name, changes: shown },
      });
      unit.emit({ name: 'chat.updated', chatId: chat.id, changes: shown });
      if (changed.visibility !== chat.visibility) await messages.announce(unit, chat.id, SAYS[changed.visibility]);
      return changed;
    },
  };
}

/** As clients see the changed fields. A new visibility may bring another preview along. */
function shownOf(
  fields: readonly (keyof ChatChanges)[],
  wanted: ChatChanges,
  before: ChatRow,
  after: ChatRow,
): Partial<ChatDetails> {
  const shown = fields.flatMap((field) =>
    field in SHOWN ? [[SHOWN[field as keyof typeof SHOWN], wanted[field]]] : [],
  );
  const browser_config = presentBrowserConfig(after);
  const isChanged = JSON.stringify(browser_config) !== JSON.stringify(presentBrowserConfig(before));
  return { ...(Object.fromEntries(shown) as Partial<ChatDetails>), ...(isChanged ? { browser_config } : {}) };
}
