import type { DepsOf, Module } from '../../module.ts';
import { fanOutMessages } from './messages.realtime.ts';
import { messagesRoutes } from './messages.routes.ts';
import { createMessages, type Messages } from './messages.service.ts';
import { messagesHandlers } from './messages.socket.ts';

type Limits = { enabled: boolean; messages: number; messagesTotal: number };
type Deps = Omit<DepsOf<typeof createMessages>, 'limits'> &
  Omit<DepsOf<typeof fanOutMessages>, 'events'> & { config: { limits: Limits } };

export function messagesModule(deps: Deps): Module<{ messages: Messages }> {
  const { enabled, messages: perChat, messagesTotal: total } = deps.config.limits;
  const messages = createMessages({ ...deps, limits: enabled ? { perChat, total } : undefined });
  return {
    services: { messages },
    routes: ({ access }) => [messagesRoutes({ access, messages })],
    handlers: messagesHandlers({ messages }),
    listen: (events) => fanOutMessages({ ...deps, events: events.only() }),
  };
}
