import type { Clock } from '../../../core/clock.ts';
import type { UserPrincipal } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Units } from '../../../db/units.ts';
import { chatSlots, hasPremium } from '../../people/users/users.policy.ts';
import type { Users } from '../../people/users/users.service.ts';
import { chatErrors } from '../chats/chats.errors.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import { browserConfigOf } from '../chats/chats.policy.ts';
import type { ChatChanges } from '../chats/chats.repository.ts';
import type { Chats } from '../chats/chats.service.ts';
import type { ChatRow, WipePreset } from '../chats/chats.tables.ts';
import { periodOf, wipeNotice } from '../clearing/wipe-presets.policy.ts';
import type { E2eeEvent } from '../keys/keys.events.ts';
import type { MessagesEvent } from '../messages/messages.events.ts';
import type { Messages } from '../messages/messages.service.ts';
import type { ChatEditor } from './chat-editor.service.ts';
import { ChatConfigBody } from './settings.model.ts';

type Deps = {
  units: Pick<Units<ChatsEvent | E2eeEvent | MessagesEvent>, 'run'>;
  clock: Clock;
  users: Pick<Users, 'require'>;
  chats: Pick<Chats, 'requireManager'>;
  chatEditor: ChatEditor;
  messages: Pick<Messages, 'announce'>;
};

const FIELDS = Object.keys(ChatConfigBody.properties) as (keyof ChatConfigBody)[];

/** The body fields that map directly to columns. */
const PLAIN = {
  description: 'description',
  history_visible: 'historyVisible',
  allow_control_requests: 'allowControlRequests',
  locked_controls: 'lockedControls',
  implicit_hosting: 'implicitHosting',
  inactive_cursors: 'inactiveCursors',
} as const satisfies Partial<Record<keyof ChatConfigBody, keyof ChatChanges>>;

export type ChatConfig = ReturnType<typeof createChatConfig>;

/** The settings that a manager of the chat can change. */
export function createChatConfig({ units, clock, users, chats, chatEditor, messages }: Deps) {
  /** Setting a slug makes a chat public. The owner must be entitled to a chat of their own. */
  async function slugChanges(db: Queries, chat: ChatRow, slug: string | null): Promise<ChatChanges> {
    if (slug === chat.slug) return {};
    if (chat.visibility === 'official') throw chatErrors.officialSlug();
    if (slug === null) return { slug, visibility: 'private' };
    const owner = chat.ownerId === null ? undefined : await users.require(db, chat.ownerId);
    if (!owner || chatSlots(owner.permissionLevel, hasPremium(owner, clock.now())) === 0)
      throw chatErrors.publicNeedsPremium();
    return { slug, visibility: 'public' };
  }

  /** Setting a timer restarts it. */
  function wipeChanges(chat: ChatRow, wipePreset: WipePreset | null): ChatChanges {
    if (wipePreset === chat.wipePreset) return {};
    const period = periodOf(wipePreset);
    return { wipePreset, wipeAt: period === null ? null : clock.now() + period };
  }

  async function changesOf(db: Queries, chat: ChatRow, body: ChatConfigBody): Promise<ChatChanges> {
    const plain = Object.entries(PLAIN).flatMap(([field, column]) => {
      const value = body[field as keyof typeof PLAIN];
      return value === undefined ? [] : [[column, value]];
    });
    const { name, browser_config, slug, wipe_preset } = body;
    return {
      ...(Object.fromEntries(plain) as ChatChanges),
      ...(name === undefined ? {} : { name: name.trim() }),
      ...(browser_config === undefined ? {} : { browserConfig: browserConfigOf(browser_config, chat.browserConfig) }),
      ...(slug === undefined ? {} : await slugChanges(db, chat, slug)),
      ...(wipe_preset === undefined ? {} : wipeChanges(chat, wipe_preset)),
    };
  }

  return {
    /**
     * Changes the given fields and keeps the rest. The room is told what changed. Throws 400 if no field is given, 403,
     * 409 `ERR_SLUG_TAKEN`.
     */
    async update(who: UserPrincipal, chatId: number, body: ChatConfigBody): Promise<{ message: string }> {
      await units.run('configure chat', async (unit) => {
        const managed = await chats.requireManager(unit.db, who, chatId);
        if (FIELDS.every((field) => body[field] === undefined)) throw chatErrors.noChange();
        const changes = await changesOf(unit.db, managed.chat, body);
        await chatEditor.change(unit, who, managed, changes);
        if (changes.wipePreset !== undefined) await messages.announce(unit, chatId, wipeNotice(changes.wipePreset));
      });
      return { message: 'Room config updated' };
    },
  };
}
