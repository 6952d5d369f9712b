import type { DepsOf, Module } from '../../module.ts';
import { createViewer } from './viewer.service.ts';
import { viewerPageRoutes } from './viewer-page.routes.ts';

export function viewerModule(deps: DepsOf<typeof createViewer>): Module<object> {
  const viewer = createViewer(deps);
  return { services: {}, routes: ({ access, pages }) => [viewerPageRoutes({ access, pages, viewer })] };
}
