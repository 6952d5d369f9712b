import type { DepsOf, Module } from '../../module.ts';
import { KeyDistribution } from './keys.distribution.ts';
import { fanOutKeys } from './keys.realtime.ts';
import { holdsKey } from './keys.repository.ts';
import { e2eeRoutes } from './keys.routes.ts';
import { createE2ee, type E2ee } from './keys.service.ts';
import { e2eeHandlers } from './keys.socket.ts';

type E2eeDeps = DepsOf<typeof createE2ee>;
type Deps = Omit<E2eeDeps, 'asked' | 'limits'> &
  ConstructorParameters<typeof KeyDistribution>[0] &
  Omit<DepsOf<typeof fanOutKeys>, 'events' | 'distribution'> & { config: { limits: E2eeDeps['limits'] } };

type Services = { e2ee: E2ee; distribution: KeyDistribution; holdsKey: typeof holdsKey };

export function keysModule(deps: Deps): Module<Services> {
  const distribution = new KeyDistribution(deps);
  const e2ee = createE2ee({ ...deps, asked: distribution, limits: deps.config.limits });
  return {
    services: { e2ee, distribution, holdsKey },
    routes: ({ access }) => [e2eeRoutes({ access, e2ee })],
    handlers: e2eeHandlers({ e2ee }),
    listen: (events) => fanOutKeys({ ...deps, distribution, events: events.only() }),
    silence: () => distribution.stop(),
  };
}
