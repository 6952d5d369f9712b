import { resolve } from 'node:path';
import { systemRandom } from '../adapters/system/system-random.ts';
import { systemTimers } from '../adapters/system/system-timers.ts';
import type { Config } from '../config/settings.ts';
import { silentLogger } from '../core/logger.ts';
import { presentDockerName } from '../db/sqlite/docker-name.ts';
import type { EngineCheck } from '../ports/browser-engine.ts';
import { chooseEngine } from './adapters.ts';

/** What runs the shared browsers by these settings, and what was found about it. */
export type EngineReport = {
  engine: string | null;
  /** Why no browser can run. */
  missing: string | undefined;
  isWanted: boolean;
  maxRunning: number;
  checks: readonly EngineCheck[];
};

type Options = {
  /** Tries from inside what browsers must not reach, also where that takes starting some containers. */
  isFenceProved: boolean;
};

/** Looks at what shared browsers need, by starting one where that is quick. */
export async function checkBrowsers(config: Config, { isFenceProved }: Options): Promise<EngineReport> {
  const choice = await chooseEngine({
    config,
    dockerName: () => presentDockerName(resolve(config.server.dataDir)),
    timers: systemTimers,
    random: systemRandom,
    logger: silentLogger,
  });
  const { engine, isWanted, maxRunning } = choice;
  const missing = choice.missing();
  if (!engine || missing !== undefined) return { engine: null, missing, isWanted, maxRunning, checks: [] };
  try {
    const checks = [...(await engine.check())];
    if (isFenceProved && engine.proveFence) checks.push(await engine.proveFence());
    return { engine: engine.name, missing: undefined, isWanted, maxRunning, checks };
  } finally {
    await engine.close();
  }
}
