import type { DepsOf, Module } from '../../module.ts';
import { aboutRoutes } from './about.routes.ts';
import { type AboutInstance, createAbout } from './about.service.ts';

export function aboutModule(deps: DepsOf<typeof createAbout>): Module<{ aboutInstance: AboutInstance }> {
  const aboutInstance = createAbout(deps);
  return { services: { aboutInstance }, routes: ({ access }) => [aboutRoutes({ access, aboutInstance })] };
}
