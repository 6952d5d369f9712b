import type { DepsOf, Module } from '../../module.ts';
import { fanOutControl } from './control.realtime.ts';
import { type ControlService, createControl } from './control.service.ts';
import { controlHandlers } from './control.socket.ts';

type Deps = DepsOf<typeof createControl> & Omit<DepsOf<typeof fanOutControl>, 'events' | 'control'>;

/** `browserFor`: what someone who enters a chat is told of its browser. */
type Services = { control: ControlService; browserFor: ControlService['browserFor'] };

export function controlModule(deps: Deps): Module<Services> {
  const control = createControl(deps);
  return {
    services: { control, browserFor: control.browserFor },
    handlers: controlHandlers({ control }),
    listen: (events) => fanOutControl({ ...deps, control, events: events.only() }),
    silence: () => control.silence(),
  };
}
