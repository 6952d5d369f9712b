import type { EventBus } from '../../core/events.ts';
import type { Presence } from '../../ports/presence.ts';
import { chatRoom, type Realtime, sessionRoom } from '../../ports/realtime.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { SessionsEvent } from '../sessions/sessions.events.ts';
import type { KeyDistribution } from './e2ee.distribution.ts';
import type { E2eeEvent } from './e2ee.events.ts';
import type { E2ee } from './e2ee.service.ts';

type Deps = {
  events: EventBus<E2eeEvent | SessionsEvent | ChatsEvent>;
  realtime: Realtime;
  presence: Presence;
  distribution: KeyDistribution;
  e2ee: E2ee;
  /** The chats that a user owns or is a member of. */
  chatsOf(userId: number): Promise<number[]>;
};

export function fanOutKeys({ events, realtime, presence, distribution, e2ee, chatsOf }: Deps): void {
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
      const added = { chat_id: chatId, user_id: userId, session_id: sessionId, public_key: publicKey };
      realtime.publish(chatRoom(chatId), 'portal:key_added', added);
    }
    for (const chatId of new Set([...present, ...(await chatsOf(userId))])) {
      if ((await presence.countUsers(chatId)) > 0) distribution.request(chatId);
    }
  });

  events.on('session.ended', async ({ sessionId, userId }) => {
    if (userId !== null) {
      for (const chatId of await presence.chatsOf(sessionId)) {
        realtime.publish(chatRoom(chatId), 'portal:key_removed', {
          chat_id: chatId,
          user_id: userId,
          session_id: sessionId,
        });
      }
    }
    await e2ee.forgetSession(sessionId);
  });

  events.on('chat.deleted', ({ chatId }) => distribution.forget(chatId));
}
