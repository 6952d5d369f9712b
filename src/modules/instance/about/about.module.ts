import type { DepsOf, Module } from '../../module.ts';
import { aboutRoutes } from './about.routes.ts';
import { type Abouts, createAbout } from './about.service.ts';

export function aboutModule(deps: DepsOf<typeof createAbout>): Module<{ abouts: Abouts }> {
  const abouts = createAbout(deps);
  return { services: { abouts }, routes: ({ access }) => [aboutRoutes({ access, abouts })] };
}
