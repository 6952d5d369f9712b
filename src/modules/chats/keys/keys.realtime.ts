import type { EventBus } from '../../../core/events.ts';
import { personOf, userIdOf } from '../../../core/principal.ts';
import type { Queries } from '../../../db/queries.ts';
import type { Presence } from '../../../ports/presence.ts';
import { type Realtime, sessionRoom } from '../../../ports/realtime.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { ChatsEvent } from '../chats/chats.events.ts';
import type { Voice } from '../voice/voice.ts';
import type { KeyDistribution } from './keys.distribution.ts';
import type { E2eeEvent } from './keys.events.ts';
import { listChatsOf } from './keys.repository.ts';
import { listChatsWithOwnKey, listKeyedSessions } from './session-keys.repository.ts';

type Deps = {
  events: EventBus<E2eeEvent | SessionsEvent | ChatsEvent>;
  read: Queries;
  realtime: Pick<Realtime, 'publish'>;
  voice: Pick<Voice, 'tell' | 'tellAbout' | 'sessionIn' | 'isDirect'>;
  presence: Pick<Presence, 'countPeople' | 'chatsOf'>;
  distribution: KeyDistribution;
  isCrowdOf(people: number): boolean;
};

export function fanOutKeys({ events, read, realtime, voice, presence, distribution, isCrowdOf }: Deps): void {
  /** The session may lack the key. In an empty room no one can bring it. */
  async function bring(chatId: number, sessionIds: readonly string[]): Promise<void> {
    if ((await presence.countPeople(chatId)) > 0) distribution.bring(chatId, sessionIds);
    else distribution.postpone(chatId);
  }

  events.on('epoch.changed', ({ chatId, epoch, reason, formerHolders }) => {
    voice.tell(chatId, 'room:epoch_changed', { epoch, reason });
    distribution.rotated(chatId, epoch, formerHolders);
  });

  events.on('key.shared', ({ chatId, epoch, senderSessionId, senderPublicKey, blobs }) => {
    for (const { sessionId, blob } of blobs) {
      realtime.publish(sessionRoom(sessionId), 'portal:key_shared', {
        chat_id: chatId,
        epoch,
        blob,
        sender_session_id: voice.sessionIn(chatId, senderSessionId),
        sender_public_key: senderPublicKey,
      });
    }
    const recipients = blobs.map(({ sessionId }) => sessionId);
    distribution.shared(chatId, epoch, senderSessionId, recipients);
  });

  events.on('key.rejected', ({ chatId, epoch, senderSessionId, sessionId }) => {
    distribution.rejected(chatId, epoch, senderSessionId, sessionId);
  });

  events.on('session.key_registered', async ({ sessionId, person, publicKey, signingKey }) => {
    const userId = userIdOf(person);
    const groups = (await presence.chatsOf(sessionId)).filter((chatId) => !voice.isDirect(chatId));
    // A direct chat with a key of its own feels nothing of this.
    const present = [...groups, ...(await listChatsWithOwnKey(read, sessionId))];
    for (const chatId of present) {
      if (isCrowdOf(await presence.countPeople(chatId))) continue;
      const added = { session_id: sessionId, public_key: publicKey, signing_key: signingKey };
      voice.tellAbout(chatId, person, 'portal:key_added', added);
    }
    const theirs = userId === undefined ? [] : await listChatsOf(read, userId);
    for (const chatId of new Set([...present, ...theirs])) {
      // Sealed keys and open requests were for the old public key.
      distribution.departed(chatId, sessionId);
      await bring(chatId, [sessionId]);
    }
  });

  // Members who have not entered the room yet must be able to read messages from now on, too.
  events.on('member.added', async ({ chatId, userId }) => bring(chatId, await listKeyedSessions(read, userId)));

  events.on('session.ended', async ({ sessionId, userId }) => {
    const person = personOf({ sessionId, userId });
    // Where the person is a member, the session may have had the key while it was away.
    const theirs = userId === null ? [] : await listChatsOf(read, userId);
    for (const chatId of new Set([...(await presence.chatsOf(sessionId)), ...theirs]))
      voice.tellAbout(chatId, person, 'portal:key_removed', { session_id: sessionId });
  });

  events.on('chat.deleted', ({ chatId }) => distribution.forget(chatId));
}
