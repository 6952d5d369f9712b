import type { EventBus } from '../../../core/events.ts';
import { type PersonId, personOf } from '../../../core/principal.ts';
import type { Units } from '../../../db/units.ts';
import type { Online } from '../../../ports/online.ts';
import type { Presence } from '../../../ports/presence.ts';
import { personRoom, type Realtime, sessionRoom } from '../../../ports/realtime.ts';
import type { ConnectionsEvent } from '../../people/sessions/connections.events.ts';
import type { SessionsEvent } from '../../people/sessions/sessions.events.ts';
import type { StrangersEvent } from '../../people/strangers/strangers.events.ts';
import type { KeyDistribution } from '../keys/keys.distribution.ts';
import type { DirectPeople, Voice } from '../voice/voice.ts';
import type { Beginning, DirectEvent } from './direct.events.ts';
import type { Direct } from './direct.service.ts';
import type { Peers } from './peers.ts';

type Events = DirectEvent | SessionsEvent | StrangersEvent | ConnectionsEvent;

type Deps = {
  events: EventBus<Events>;
  units: Pick<Units<never>, 'run'>;
  realtime: Pick<Realtime, 'publish'>;
  online: Pick<Online, 'socketsOf'>;
  presence: Pick<Presence, 'enter'>;
  voice: Pick<Voice, 'admitAllOf'>;
  distribution: Pick<KeyDistribution, 'forget'>;
  directPeople: Pick<DirectPeople, 'add' | 'remove'>;
  direct: Direct;
  peers: Peers;
  planned(): Promise<void>;
};

export function fanOutDirect(deps: Deps): void {
  const { events, units, realtime, online, presence, voice, distribution, directPeople, direct, peers, planned } = deps;

  /** The sockets of the session that searched enter the room, and are told. */
  function enter(chatId: number, { number, sessionId, found }: Beginning): void {
    voice.admitAllOf(chatId, sessionRoom(sessionId), number);
    realtime.publish(sessionRoom(sessionId), 'match:found', found);
  }

  async function endAllOf(person: PersonId, reason: 'left' | 'blocked'): Promise<void> {
    await units.run('end direct chats', (unit) => direct.endAllOf(unit, person, reason));
  }

  events.on('direct.began', async ({ chatId, pair, sides }) => {
    // Not before the commit: an id that is taken back may be given to a chat of any kind.
    directPeople.add(chatId, pair);
    // Not awaited: the greeting follows in this very step.
    for (const side of sides) enter(chatId, side);
    for (const { person, sessionId } of sides)
      for (const socketId of await online.socketsOf(sessionId))
        await presence.enter(chatId, { socketId, sessionId, person });
    for (const { person } of sides) await peers.left(person, [chatId]);
    await planned();
  });

  events.on('direct.ended', async ({ chatId, reason, by, people }) => {
    peers.ended(chatId, people);
    distribution.forget(chatId);
    for (const person of people) {
      const told = reason === 'blocked' && person !== by ? 'left' : reason;
      if (by !== null && person !== by && reason !== 'timeout')
        realtime.publish(personRoom(person), 'room:peer_left', { chat_id: chatId, grace_until_ms: 0 });
      realtime.publish(personRoom(person), 'match:ended', { chat_id: chatId, reason: told });
    }
    await planned();
  });

  // After everything that was told of the chat: see the order of the modules.
  events.on('direct.purged', ({ chatId, people }) => {
    peers.ended(chatId, people);
    directPeople.remove(chatId);
  });

  events.on('person.disconnected', async ({ person, lastOfPerson }) => {
    if (lastOfPerson) await peers.left(person);
  });
  events.on('person.connected', ({ person, firstOfPerson }) => {
    if (firstOfPerson) peers.returned(person);
  });

  events.on('stranger.blocked', ({ person }) => endAllOf(person, 'blocked'));

  events.on('session.ended', async ({ sessionId, userId, reason }) => {
    // A stranger is their session. A ban ends all sessions of an account, and what it does.
    if (userId === null || reason === 'banned') await endAllOf(personOf({ sessionId, userId }), 'left');
  });
}
