import type { DepsOf, Module } from '../../module.ts';
import { createAway } from './away.ts';
import { createDirectRooms, type DirectRooms } from './direct-rooms.service.ts';
import { fanOutRooms } from './rooms.realtime.ts';
import { createRooms, createTurns, type Rooms } from './rooms.service.ts';
import { roomsHandlers } from './rooms.socket.ts';
import { createRoster, type Roster } from './roster.ts';
import { createTyping, type Typing } from './typing.ts';

type Deps = Omit<DepsOf<typeof createRooms>, 'roster' | 'away' | 'typing' | 'inTurn'> &
  Omit<DepsOf<typeof createDirectRooms>, 'inTurn'> &
  Omit<DepsOf<typeof createRoster>, 'away'> &
  DepsOf<typeof createAway> &
  DepsOf<typeof createTyping> &
  Omit<DepsOf<typeof fanOutRooms>, 'events' | 'roster' | 'typing'> &
  Omit<DepsOf<typeof roomsHandlers>, 'rooms' | 'directRooms' | 'typing'>;

type Services = { rooms: Rooms; directRooms: DirectRooms; roster: Roster; typing: Typing };

export function roomsModule(deps: Deps): Module<Services> {
  const inTurn = createTurns();
  const away = createAway(deps);
  const roster = createRoster({ ...deps, away });
  const typing = createTyping(deps);
  const rooms = createRooms({ ...deps, roster, away, typing, inTurn });
  const directRooms = createDirectRooms({ ...deps, inTurn });
  return {
    services: { rooms, directRooms, roster, typing },
    handlers: roomsHandlers({ ...deps, rooms, directRooms, typing }),
    listen: (events) => fanOutRooms({ ...deps, roster, typing, events: events.only() }),
    silence: () => roster.stop(),
  };
}
