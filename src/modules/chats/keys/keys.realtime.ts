import type { EventBus } from '../../../core/events.ts';
import type { Presence } from '../../../ports/presence.ts';
import { chatRoom, type Realtime, sessionRoom } from '../../../ports/realtime.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { KeyDistribution } from './keys.distribution.ts';
import type { E2eeEvent } from './keys.events.ts';

type Deps = {
  events: EventBus<E2eeEvent | SessionsEvent | ChatsEvent>;
  realtime: Realtime;
  presence: Presence;
  distribution: KeyDistribution;
  crowds: { isCrowd(chatId: number): boolean };
  /** The chats that a user owns or is a member of. */
  chatsOf(userId: number): Promise<number[]>;
  /** The user's sessions that have a key. */
  sessionsOf(userId: number): Promise<string[]>;
};

export function fanOutKeys({ events, realtime, presence, distribution, crowds, chatsOf, sessionsOf }: Deps): void {
  /** The session may lack the key. Where nobody is, nobody can bring it. */
  async function bring(chatId: number, sessionIds: readonly string[]): Promise<void> {
    if ((await presence.countUsers(chatId)) > 0) distribution.bring(chatId, sessionIds);
    else distribution.postpone(chatId);
  }

  events.on('epoch.changed', ({ chatId, epoch, reason, formerHolders }) => {
    realtime.publish(chatRoom(chatId), 'room:epoch_changed', { chat_id: chatId, epoch, reason });
    distribution.rotated(chatId, epoch, formerHolders);
  });

  events.on('key.shared', ({ chatId, epoch, senderSessionId, senderPublicKey, blobs }) => {
    for (const { sessionId, blob } of blobs) {
      realtime.publish(sessionRoom(sessionId), 'portal:key_shared', {
        chat_id: chatId,
        epoch,
        blob,
        sender_session_id: senderSessionId,
        sender_public_key: senderPublicKey,
      });
    }
    const recipients = blobs.map(({ sessionId }) => sessionId);
    distribution.shared(chatId, epoch, senderSessionId, recipients);
  });

  events.on('session.key_registered', async ({ sessionId, userId, publicKey }) => {
    const present = await presence.chatsOf(sessionId);
    for (const chatId of present) {
      if (crowds.isCrowd(chatId)) continue;
      const added = { chat_id: chatId, user_id: userId, session_id: sessionId, public_key: publicKey };
      realtime.publish(chatRoom(chatId), 'portal:key_added', added);
    }
    for (const chatId of new Set([...present, ...(await chatsOf(userId))])) {
      // What was sealed, or asked for, was for the key before.
      distribution.departed(chatId, sessionId);
      await bring(chatId, [sessionId]);
    }
  });

  // Also who has not come into the room yet is to read what is said from now on.
  events.on('member.added', async ({ chatId, userId }) => bring(chatId, await sessionsOf(userId)));

  events.on('session.ended', async ({ sessionId, userId }) => {
    if (userId === null) return;
    for (const chatId of await presence.chatsOf(sessionId)) {
      const removed = { chat_id: chatId, user_id: userId, session_id: sessionId };
      realtime.publish(chatRoom(chatId), 'portal:key_removed', removed);
    }
  });

  events.on('chat.deleted', ({ chatId }) => distribution.forget(chatId));
}
