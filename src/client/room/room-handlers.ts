import { PortalError } from '../errors.ts';
import { BROWSER_EVENTS, type BrowserPayloads, type ChatPayloads } from '../events.ts';
import type { RoomBrowser } from './browser.ts';
import type { RoomEvents } from './room-events.ts';
import type { RoomKeys } from './room-keys.ts';
import type { RoomMessages } from './room-messages.ts';
import type { RoomPeople } from './room-people.ts';

type Deps = {
  messages: RoomMessages;
  people: RoomPeople;
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

function messageHandlers({ messages, emit }: Deps): RoomHandlers {
  return {
    'message:new': (entry) => messages.take(entry),
    'message:bulk_deleted': ({ ids }) => messages.remove(ids),
    'message:typing': ({ chat_id: _, user_id: userId, ...rest }) => emit('typing', { userId, ...rest }),
    'portal:cleared': ({ reason }) => messages.clear(reason),
  };
}

function keyHandlers({ people, keys, emit }: Deps): RoomHandlers {
  return {
    'portal:key_request': (request) => void keys.answer(request),
    'portal:key_shared': ({ epoch, ...key }) => keys.take(epoch, key),
    'portal:key_added': (added) => people.tell(people.list.addKey(added)),
    'portal:key_removed': (removed) => people.list.removeKey(removed),
    'room:epoch_changed': ({ epoch, reason }) => keys.raise(epoch, reason),
    'room:members': (change) => {
      const news = people.list.apply(change);
      const { joined, left, count } = change;
      if (joined.length + left.length > 0) emit('members', { joined, left, count });
      people.tell(news);
    },
  };
}

function moderationHandlers({ emit }: Deps): RoomHandlers {
  return {
    'user:muted': ({ user_id: userId, duration = 0, reason = null, by = null }) =>
      emit('muted', { userId, duration, reason, by }),
    'user:unmuted': ({ user_id: userId }) => emit('unmuted', { userId }),
    'user:banned': ({ user_id: userId, duration = 0, reason = null, by = null }) =>
      emit('banned', { userId, duration, reason, by }),
    'user:unbanned': ({ user_id: userId }) => emit('unbanned', { userId }),
  };
}

function membershipHandlers({ emit, end }: Deps): RoomHandlers {
  return {
    'room:updated': ({ chat_id: _, ...changes }) => emit('updated', { changes }),
    'room:kicked': ({ reason, banned, by = null }) => {
      emit('kicked', { reason, banned, by });
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
