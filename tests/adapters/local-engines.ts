import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EgressFence } from '../../src/adapters/egress/fence.ts';
import { LocalBrowserEngine, type LocalBrowserOptions } from '../../src/adapters/local-browser/local-browser-engine.ts';
import { systemRandom } from '../../src/adapters/system/system-random.ts';
import { systemTimers } from '../../src/adapters/system/system-timers.ts';
import type { Timers } from '../../src/core/clock.ts';
import { type Logger, silentLogger } from '../../src/core/logger.ts';
import { requireChromiums } from '../support/prerequisites.ts';
import { BrowserSite, OTHER, SITE } from './browser-site.ts';

export type EngineStage = AsyncDisposable & {
  engine: LocalBrowserEngine;
  site: BrowserSite;
  /** The directory of the profiles. */
  profiles: string;
};

const MIB = 1024 * 1024;

/** The Chromiums of this machine, by kind. */
export async function chromiums(): Promise<{ kind: string; path: string }[]> {
  const found = await requireChromiums();
  return found.flatMap(({ name, path }) => (path ? [{ kind: name, path }] : []));
}

type Given = Partial<Omit<LocalBrowserOptions, 'fence'>> & { logger?: Logger; timers?: Timers; allowHosts?: string[] };

/** An engine whose browsers reach the site by its names, and nothing else. */
export function openEngine({ allowHosts, ...given }: Given = {}): EngineStage {
  const site = new BrowserSite();
  const profiles = given.profiles ?? mkdtempSync(join(tmpdir(), 'portal-test-'));
  // The browser has to get there as another user.
  chmodSync(profiles, 0o711);
  const timers = given.timers ?? systemTimers;
  const engine = new LocalBrowserEngine({
    chromium: undefined,
    sandbox: true,
    size: { width: 800, height: 600, fps: 30 },
    memoryBytes: 2048 * MIB,
    cpus: 2,
    logger: silentLogger,
    ...given,
    profiles,
    timers,
    fence: new EgressFence({
      allowHosts: allowHosts ?? [SITE, OTHER].map((host) => `${host}:${site.port}`),
      timers,
      random: systemRandom,
      resolve: async (name) => ([SITE, OTHER].includes(name as typeof SITE) ? ['127.0.0.1'] : []),
    }),
  });
  return {
    engine,
    site,
    profiles,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await site[Symbol.asyncDispose]();
      rmSync(profiles, { recursive: true, force: true });
    },
  };
}
