import type { DepsOf, Module } from '../../module.ts';
import { createViewerLines, type ViewerLines } from './lines.service.ts';
import { fanOutViewer } from './viewer.realtime.ts';
import { createViewer } from './viewer.service.ts';
import { viewerPageRoutes } from './viewer-page.routes.ts';

type Deps = DepsOf<typeof createViewer> & DepsOf<typeof createViewerLines>;

export function viewerModule(deps: Deps): Module<{ viewerLines: ViewerLines }> {
  const viewer = createViewer(deps);
  const lines = createViewerLines(deps);
  return {
    services: { viewerLines: lines },
    routes: ({ access, pages }) => [viewerPageRoutes({ access, pages, viewer })],
    listen: (events) => fanOutViewer({ lines, events: events.only() }),
    silence: lines.silence,
    stop: lines.close,
  };
}
