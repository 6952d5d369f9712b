import type { EventBus } from '../../../core/events.ts';
import type { BrowserEvent } from '../../chats/browser/browser.events.ts';
import type { MatchEvent } from '../../chats/match/match.events.ts';
import type { MessagesEvent } from '../../chats/messages/messages.events.ts';
import type { DepsOf, Module } from '../../module.ts';
import { metricsRoutes } from './metrics.routes.ts';
import type { Metrics } from './metrics.ts';
import { monitoringRoutes } from './monitoring.routes.ts';
import { createMonitoring, type Monitoring } from './monitoring.service.ts';

type Deps = DepsOf<typeof createMonitoring> & {
  metrics: Metrics;
  config: { server: { metricsToken: string | undefined; publicUrl: string | undefined } };
};

export function monitoringModule(deps: Deps): Module<{ monitoring: Monitoring }> {
  const monitoring = createMonitoring(deps);
  const { metrics, startedAt } = deps;
  const { metricsToken, publicUrl } = deps.config.server;
  return {
    services: { monitoring },
    routes: ({ access }) => [
      monitoringRoutes({ access, monitoring, startedAt }),
      metricsRoutes({ access, metrics, metricsToken, publicUrl }),
    ],
    listen: (events) => count(events.only(), metrics),
    start: () => metrics.start(),
    stop: () => metrics.stop(),
  };
}

/** What is counted as it happens. */
function count(events: EventBus<MessagesEvent | MatchEvent | BrowserEvent>, metrics: Metrics): void {
  events.on('message.sent', metrics.messageSent);
  events.on('match.paired', ({ waitedMs }) => metrics.paired(waitedMs));
  events.on('browser.started', metrics.browserStarted);
  events.on('browser.stopped', metrics.browserStopped);
  events.on('browser.failed', metrics.browserFailed);
}
