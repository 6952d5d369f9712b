import type { DepsOf, Module } from '../../module.ts';
import { createDriving, type Driving } from './driving.service.ts';
import { fanOutWatching } from './watching.realtime.ts';
import { createWatching, type Watching } from './watching.service.ts';
import { watchingHandlers } from './watching.socket.ts';

type Deps = DepsOf<typeof createWatching> & DepsOf<typeof createDriving>;

export function watchingModule(deps: Deps): Module<{ watching: Watching; driving: Driving }> {
  const watching = createWatching(deps);
  const driving = createDriving(deps);
  return {
    services: { watching, driving },
    handlers: watchingHandlers({ watching, driving }),
    listen: (events) => fanOutWatching({ watching, driving, events: events.only() }),
    silence() {
      watching.silence();
      driving.silence();
    },
  };
}
