import type { Module } from '../modules/module.ts';

/** The modules of one wing, and what they offer to the next one. */
export type Wing<Services extends object> = { services: Services; modules: readonly Module<object>[] };

/** Puts a wing together, module by module: each is given the platform and the services of those before it. */
export class Assembly<Platform extends object, Services extends object> implements Wing<Services> {
  readonly services: Services;
  readonly modules: readonly Module<object>[];
  readonly #platform: Platform;

  constructor(platform: Platform, services: Services, modules: readonly Module<object>[]) {
    this.#platform = platform;
    this.services = services;
    this.modules = modules;
  }

  add<More extends object>(create: (deps: Platform & Services) => Module<More>): Assembly<Platform, Services & More> {
    const module = create({ ...this.#platform, ...this.services });
    return new Assembly(this.#platform, { ...this.services, ...module.services }, [...this.modules, module]);
  }
}

/** An empty wing on this platform. */
export function assemblyOn<Platform extends object>(platform: Platform): Assembly<Platform, object> {
  return new Assembly(platform, {}, []);
}
