import { systemRandom } from '../adapters/system/system-random.ts';
import { systemTimers } from '../adapters/system/system-timers.ts';
import type { Config } from '../config/settings.ts';
import { silentLogger } from '../core/logger.ts';
import type { EngineCheck } from '../ports/browser-engine.ts';
import { chooseEngine } from './adapters.ts';

/** What runs the shared browsers by these settings, and what was found about it. */
export type EngineReport = {
  engine: string | null;
  /** Why no browser can run. */
  missing: string | undefined;
  isWanted: boolean;
  checks: readonly EngineCheck[];
};

/** Looks at what shared browsers need, by starting one. */
export async function checkBrowsers(config: Config): Promise<EngineReport> {
  const deps = { config, timers: systemTimers, random: systemRandom, logger: silentLogger };
  const { engine, missing, isWanted } = chooseEngine(deps);
  const why = missing();
  if (!engine || why !== undefined) return { engine: null, missing: why, isWanted, checks: [] };
  try {
    return { engine: engine.name, missing: undefined, isWanted, checks: await engine.check() };
  } finally {
    await engine.close();
  }
}
