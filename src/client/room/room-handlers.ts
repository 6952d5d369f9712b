import { PortalError } from '../errors.ts';
import { BROWSER_EVENTS, type BrowserPayloads, type ChatPayloads } from '../events.ts';
import type { RoomBrowser } from './browser.ts';
import type { HistorySync } from './history-sync.ts';
import type { KeyChange, MemberList } from './member-list.ts';
import type { MessageLog } from './message-log.ts';
import type { RoomEvents } from './room-events.ts';
import type { RoomKeys } from './room-keys.ts';

type Deps = {
  history: HistorySync;
  log: MessageLog;
  members: MemberList;
  keys: RoomKeys;
  browser: RoomBrowser;
  emit<Name extends keyof RoomEvents>(name: Name, payload: RoomEvents[Name]): void;
  end(reason: PortalError): void;
};

/** How a room handles server events. Events without a handler are left to the page. */
export type RoomHandlers = { [Name in keyof ChatPayloads]?: (payload: ChatPayloads[Name]) => void };

export function createRoomHandlers(deps: Deps): RoomHandlers {
  return {
    ...messageHandlers(deps),
    ...keyHandlers(deps),
    ...moderationHandlers(deps),
    ...membershipHandlers(deps),
    ...directHandlers(deps),
    ...browserHandlers(deps),
  };
}

function messageHandlers({ history, log, emit }: Deps): RoomHandlers {
  return {
    'message:new': (entry) => history.take(entry),
    'message:bulk_deleted': ({ ids }) => {
      history.forget(ids);
      log.remove(ids);
      emit('deleted', { ids });
    },
    'message:typing': ({ chat_id: _, user_id: userId, ...rest }) => emit('typing', { userId, ...rest }),
    'portal:cleared': ({ reason }) => {
      history.clear();
      log.clear();
      emit('cleared', { reason });
    },
  };
}

function keyHandlers({ members, keys, emit }: Deps): RoomHandlers {
  const tell = (changes: KeyChange[]) => {
    for (const change of changes) emit('keyChanged', change);
  };
  return {
    'portal:key_request': (request) => {
      // Announce changed keys before anything is sealed for them, so a listener can still reject them.
      tell(request.recipients.flatMap((recipient) => members.addKey(recipient)));
      void keys.answer(request);
    },
    'portal:key_shared': ({ epoch, ...key }) => keys.take(epoch, key),
    'portal:key_added': (added) => tell(members.addKey(added)),
    'portal:key_removed': (removed) => members.removeKey(removed),
    'room:epoch_changed': ({ epoch, reason }) => keys.raise(epoch, reason),
    'room:members': (change) => {
      const changes = members.apply(change);
      emit('members', { joined: change.joined, left: change.left, count: change.count });
      tell(changes);
    },
  };
}

function moderationHandlers({ emit }: Deps): RoomHandlers {
  return {
    'user:muted': ({ user_id: userId, duration = 0, reason = null }) => emit('muted', { userId, duration, reason }),
    'user:unmuted': ({ user_id: userId }) => emit('unmuted', { userId }),
    'user:banned': ({ user_id: userId, duration = 0, reason = null }) => emit('banned', { userId, duration, reason }),
    'user:unbanned': ({ user_id: userId }) => emit('unbanned', { userId }),
  };
}

function membershipHandlers({ emit, end }: Deps): RoomHandlers {
  return {
    'room:updated': ({ chat_id: _, ...changes }) => emit('updated', { changes }),
    'room:kicked': ({ reason, banned }) => {
      emit('kicked', { reason, banned });
      end(new PortalError({ code: banned ? 'ERR_CHAT_BANNED' : 'ERR_KICKED', message: 'Removed from the chat' }));
    },
    'room:destroyed': ({ chat_id: chatId }) => {
      emit('destroyed', { chatId });
      end(new PortalError({ code: 'ERR_NOT_FOUND', message: 'The chat was destroyed' }));
    },
  };
}

function directHandlers({ emit }: Deps): RoomHandlers {
  return {
    'room:peer_left': ({ grace_until_ms: graceUntilMs }) => emit('peerLeft', { graceUntilMs }),
    'room:peer_returned': ({ chat_id: chatId }) => emit('peerReturned', { chatId }),
    'match:ended': ({ reason }) => emit('archived', { reason }),
  };
}

function browserHandlers({ browser }: Deps): RoomHandlers {
  const handler = <Name extends keyof BrowserPayloads>(name: Name): RoomHandlers => ({
    [name]: (payload: BrowserPayloads[Name]) => browser.receive(name, payload),
  });
  return Object.assign({}, ...BROWSER_EVENTS.map(handler));
}
