import type { DepsOf, Module } from '../../module.ts';
import { fanOutRooms } from './rooms.realtime.ts';
import { createRooms, type Rooms } from './rooms.service.ts';
import { roomsHandlers } from './rooms.socket.ts';
import { createRoster, type Roster } from './roster.ts';
import { createTyping, type Typing } from './typing.ts';

type Deps = Omit<DepsOf<typeof createRooms>, 'roster' | 'typing'> &
  DepsOf<typeof createRoster> &
  DepsOf<typeof createTyping> &
  Omit<DepsOf<typeof fanOutRooms>, 'events' | 'roster' | 'typing'> &
  Omit<DepsOf<typeof roomsHandlers>, 'rooms' | 'typing'>;

export function roomsModule(deps: Deps): Module<{ rooms: Rooms; roster: Roster; typing: Typing }> {
  const roster = createRoster(deps);
  const typing = createTyping(deps);
  const rooms = createRooms({ ...deps, roster, typing });
  return {
    services: { rooms, roster, typing },
    handlers: roomsHandlers({ ...deps, rooms, typing }),
    listen: (events) => fanOutRooms({ ...deps, roster, typing, events: events.only() }),
    silence: () => roster.stop(),
  };
}
